import Foundation

/// Ink as programs send it: JSON `{"width": W, "height": H, "pixels": […]}`, 255 for a stroke and 0 for paper.
public struct PixelMessage: Sendable {
    /// What it says.
    public let ink: Ink

    /// Reads a message from outside.
    ///
    /// - Parameters:
    ///   - bytes: JSON, which may be anything.
    ///   - limit: the most points there may be.
    /// - Throws: ``PixelMessageError``.
    public init(reading bytes: Data, limit: Int) throws(PixelMessageError) {
        let fields: Fields
        do {
            fields = try JSONDecoder().decode(Fields.self, from: bytes)
        } catch let error as DecodingError {
            throw .notTheJSONExpected(error.reason)
        } catch {
            throw .notTheJSONExpected("it cannot be read")
        }
        let (width, height, count) = (fields.width, fields.height, fields.pixels.count)
        guard (1...4096).contains(width), (1...4096).contains(height), width * height <= limit else {
            throw .tooLarge(width: width, height: height, limit: limit)
        }
        guard count == width * height else { throw .wrongCount(width: width, height: height, found: count) }
        ink = Ink(width: width, height: height, bytes: fields.pixels)
    }

    private struct Fields: Decodable {
        var width: Int
        var height: Int
        var pixels: [UInt8]

        private enum Key: String, CodingKey, CaseIterable { case width, height, pixels }

        private struct AnyKey: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let strangers = try decoder.container(keyedBy: AnyKey.self).allKeys.filter {
                Key(rawValue: $0.stringValue) == nil
            }
            if let stranger = strangers.first {
                throw DecodingError.dataCorrupted(
                    .init(
                        codingPath: [stranger],
                        debugDescription: "there is no field \"\(stranger.stringValue.prefix(40))\""))
            }
            let container = try decoder.container(keyedBy: Key.self)
            width = try container.decode(Int.self, forKey: .width)
            height = try container.decode(Int.self, forKey: .height)
            pixels = try container.decode([UInt8].self, forKey: .pixels)
        }
    }
}

/// A message that is no ink.
public enum PixelMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    case notTheJSONExpected(String)
    case tooLarge(width: Int, height: Int, limit: Int)
    case wrongCount(width: Int, height: Int, found: Int)

    public var description: String {
        switch self {
        case .notTheJSONExpected(let reason): "the body is not the JSON expected: \(reason)"
        case .tooLarge(let width, let height, let limit):
            "the picture is \(width) × \(height), expected 1 to 4096 each and \(limit) together"
        case .wrongCount(let width, let height, let found):
            "\(width) × \(height) needs \(width * height) pixels, found \(found)"
        }
    }
}

extension DecodingError {
    /// Where, and what.
    fileprivate var reason: String {
        switch self {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): context.place + "has another type"
        case .dataCorrupted(let context) where context.underlyingError != nil: "it is not JSON"
        case .dataCorrupted(let context): context.place + context.debugDescription
        @unknown default: "it cannot be read"
        }
    }
}

extension DecodingError.Context {
    fileprivate var place: String {
        guard let key = codingPath.first else { return "" }
        let index = codingPath.dropFirst().first?.intValue
        return "\"\(key.stringValue.prefix(40))\"\(index.map { " at \($0)" } ?? "") "
    }
}
