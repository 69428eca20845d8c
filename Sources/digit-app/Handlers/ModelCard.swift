import CEmbedded
import CPages
import Digits
import Foundation
import Hummingbird
import KerasBridge
import Saving

extension App {
    /// `GET /api/model`: what reads here, and whether Keras agrees.
    func model(_ request: Request, _ client: Client) async throws -> Response {
        try JSON.response(ModelReply(card, keepsCorrections: corrections != nil))
    }
}

/// The model, and what is known about it.
struct ModelCard: Sendable {
    let recognizer: Recognizer
    let summary: Summary
    /// What `keras-bridge verify --report` wrote, where it lies beside the model.
    let verification: Verification?

    /// The file at `path`, or the model that is part of the program.
    static func load(_ path: String?, pool: WorkerPool) throws -> ModelCard {
        guard let path else {
            let recognizer = try Recognizer.shipped(pool: pool)
            let report = UnsafeBufferPointer(start: cpages_report.bytes, count: cpages_report.count)
            let file = cembedded_digits_model
            let model = Fingerprint(UnsafeBufferPointer(start: file.bytes, count: file.count))
            return try ModelCard(recognizer, Verification(report: Data(report), of: model))
        }
        let recognizer = try Recognizer(
            KerasFile.read(path).model, name: (path as NSString).lastPathComponent, pool: pool)
        let report = (path as NSString).deletingPathExtension + ".verify.json"
        let data = FileManager.default.contents(atPath: report)
        let bytes = FileManager.default.contents(atPath: path).map(Array.init) ?? []
        return try ModelCard(recognizer, data.flatMap { Verification(report: $0, of: Fingerprint(bytes)) })
    }

    private init(_ recognizer: Recognizer, _ verification: Verification?) throws {
        (self.recognizer, self.verification) = (recognizer, verification)
        summary = try recognizer.model.summary()
    }
}

/// The few numbers of a report of `keras-bridge verify` that the page shows.
struct Verification: Encodable {
    var equal: Bool
    var against: String
    var inputs: String
    var samples: Int
    var agreements: Int?
    var maximumDifference: Double?
    var ourAccuracy: Double?
    var theirAccuracy: Double?

    /// - Returns: `nil` where `report` is none of schema `keras-bridge/verify/1`, or is about another file.
    init?(report: Data, of model: Fingerprint) {
        guard let report = try? JSONDecoder().decode(Report.self, from: report),
            report.schema == "keras-bridge/verify/1",
            report.environment["fingerprint of the model's file"] == "\(model)"
        else { return nil }
        (equal, against, inputs, samples) = (report.equal, report.theirs.name, report.inputs, report.samples)
        agreements = report.classification?.agreements
        ourAccuracy = report.classification?.ours?.accuracy
        theirAccuracy = report.classification?.theirs?.accuracy
        maximumDifference = report.outputs.compactMap { $0.error?.max }.max()
    }

    private struct Report: Decodable {
        var schema: String
        var equal: Bool
        var theirs: Side
        var inputs: String
        var samples: Int
        var outputs: [Output]
        var classification: Classification?
        var environment: [String: String]

        struct Side: Decodable { var name: String }
        struct Output: Decodable {
            var error: ErrorNumbers?

            private enum CodingKeys: String, CodingKey { case error = "absolute_error" }
        }
        struct ErrorNumbers: Decodable { var max: Double? }
        struct Classification: Decodable { var agreements: Int, ours: Score?, theirs: Score? }
        struct Score: Decodable { var accuracy: Double? }
    }
}

private struct ModelReply: Encodable {
    var name: String
    var file: String
    var parameters: Int
    var bytes: Int
    var multiplyAdds: Int?
    var layers: [Layer]
    var verification: Verification?
    var keepsCorrections: Bool

    struct Layer: Encodable {
        var name: String
        var className: String
        /// Without knowing the batch: `null` first.
        var outputShape: [Int?]
        var parameters: Int
        var multiplyAdds: Int?
        var connectedTo: [String]
    }

    init(_ card: ModelCard, keepsCorrections: Bool) {
        let summary = card.summary
        (name, file) = (summary.modelName, card.recognizer.name)
        (parameters, bytes, multiplyAdds) = (summary.parameters, summary.bytes, summary.multiplyAdds)
        verification = card.verification
        self.keepsCorrections = keepsCorrections
        layers = summary.rows.map { row in
            Layer(
                name: row.name, className: row.className,
                outputShape: row.outputShapes.first.map { $0.map { $0 == Shape.unknown ? nil : $0 } } ?? [],
                parameters: row.parameters, multiplyAdds: row.multiplyAdds,
                connectedTo: row.connectedTo.map { $0.replacing(/\[\d+\]\[\d+\]$/, with: "") })
        }
    }
}
