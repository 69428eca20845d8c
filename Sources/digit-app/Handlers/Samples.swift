import Datasets
import Digits
import Hummingbird
import KerasBridge
import NIOCore
import Synchronization

extension App {
    /// `GET /api/samples`: one real test digit of each class, and the five that the model is least sure of.
    func samples(_ request: Request, _ client: Client) async throws -> Response {
        let (shelf, recognizer) = (samples, card.recognizer)
        let patience = Patience(client, crowd, limits)
        return JSON.response(bytes: try await workshop.run(.least, for: patience) { _ in try shelf.reply(recognizer) })
    }
}

/// The samples, chosen when somebody first asks.
final class SampleShelf: Sendable {
    private let made = Mutex<ByteBuffer?>(nil)

    private struct Reply: Encodable { var samples: [Sample] }

    private struct Sample: Encodable {
        /// The sample's place in the embedded test digits.
        var index: Int
        var label: Int
        var hard: Bool
        var picture: Picture
    }

    func reply(_ recognizer: Recognizer) throws -> ByteBuffer {
        try made.withLock { made throws in
            if let made { return made }
            let reply = try JSON.bytes(Reply(samples: Self.choose(recognizer)))
            made = reply
            return reply
        }
    }

    private static func choose(_ recognizer: Recognizer) throws -> [Sample] {
        let digits = try DatasetFinder().load(.named(.embedded)).evaluation
        let labels = digits.classes ?? []
        let images = digits.inputs.tensor()
        let values = images.elements
        let inks = labels.indices.map {
            Ink(width: 28, height: 28, values: Array(values[($0 * 784)..<(($0 + 1) * 784)]))
        }
        let easy = (0..<10).compactMap { labels.firstIndex(of: $0) }
        // Every third is enough to find hard ones, and quick.
        let some = inks.indices.filter { $0 % 3 == 1 }
        let margins = try recognizer.probabilities(of: some.map { InkPreparation(inks[$0]) }).map { probabilities in
            let ranked = probabilities.sorted(by: >)
            return ranked[0] - ranked[1]
        }
        let hard = zip(some, margins).sorted { $0.1 < $1.1 }.prefix(5).map(\.0)
        return (easy.map { ($0, false) } + hard.map { ($0, true) }).map { index, hard in
            Sample(index: index, label: labels[index], hard: hard, picture: Picture(inks[index]))
        }
    }
}
