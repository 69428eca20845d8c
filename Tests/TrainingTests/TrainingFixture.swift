import Foundation
import Networks
import Tensors

/// A file of golden numbers in `Fixtures/training`, made by `Scripts/make_training_fixtures.py`.
func trainingFixture<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let url = packageRoot.appending(path: "Fixtures/training/\(name).json")
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A tensor as the fixtures hold it.
struct StoredTensor: Decodable, Sendable {
    var shape: [Int]
    var values: [Float]

    var tensor: Tensor { Tensor(Shape(shape), values) }
}

/// A configuration of Keras as the fixtures hold it.
struct StoredOptions: Decodable, Sendable {
    let options: Options

    init(from decoder: any Decoder) throws { options = try Self.object(decoder) }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private static func object(_ decoder: any Decoder) throws -> Options {
        let container = try decoder.container(keyedBy: Name.self)
        return Options(
            try container.allKeys.map { ($0.stringValue, try container.decode(Value.self, forKey: $0).value) })
    }

    private struct Value: Decodable {
        let value: OptionValue

        init(from decoder: any Decoder) throws {
            let single = try decoder.singleValueContainer()
            if single.decodeNil() {
                value = .null
            } else if let bool = try? single.decode(Bool.self) {
                value = .bool(bool)
            } else if let int = try? single.decode(Int.self) {
                value = .int(int)
            } else if let double = try? single.decode(Double.self) {
                value = .double(double)
            } else if let string = try? single.decode(String.self) {
                value = .string(string)
            } else if let array = try? single.decode([Value].self) {
                value = .array(array.map(\.value))
            } else {
                value = .object(try StoredOptions.object(decoder))
            }
        }
    }
}

/// The largest difference, in parts of the tolerance `absolute + relative · |expected|`; above 1 is too much.
func gap(_ found: [Float], _ expected: [Float], absolute: Float = 1e-6, relative: Float = 1e-5) -> Float {
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).map { found, expected in
        found == expected ? 0 : abs(found - expected) / (absolute + relative * abs(expected))
    }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
}
