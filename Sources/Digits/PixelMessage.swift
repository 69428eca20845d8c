import Foundation
import KerasFiles
import Networks

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
        let fields = try Self.fields(Array(bytes))
        let (width, height) = (try Self.number(fields, "width"), try Self.number(fields, "height"))
        guard case .array(let values)? = fields["pixels"] else { throw .wrongType("\"pixels\"") }
        guard (1...4096).contains(width), (1...4096).contains(height), width * height <= limit else {
            throw .tooLarge(width: width, height: height, limit: limit)
        }
        guard values.count == width * height else {
            throw .wrongCount(width: width, height: height, found: values.count)
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(values.count)
        for (place, value) in values.enumerated() {
            guard let number = Self.whole(value) else { throw .wrongType("\"pixels\" at \(place)") }
            guard let pixel = UInt8(exactly: number) else {
                throw .notTheJSONExpected("\"pixels\" at \(place) is \(number), expected 0 to 255")
            }
            pixels.append(pixel)
        }
        ink = Ink(width: width, height: height, bytes: pixels)
    }

    private static let names = ["width", "height", "pixels"]

    /// The three fields, each once and no other.
    private static func fields(_ bytes: [UInt8]) throws(PixelMessageError) -> Options {
        var limits = JSON.Limits()
        limits.depth = 4
        let value: OptionValue
        do throws(JSONError) {
            value = try JSON.parse(bytes, limits: limits)
        } catch {
            throw .notTheJSONExpected("\(error)".prefix(200) + "")
        }
        guard case .object(let fields) = value else { throw .notTheJSONExpected("it is no object") }
        if let stranger = fields.names.first(where: { !names.contains($0) }) {
            throw .notTheJSONExpected("there is no field \"\(stranger.prefix(40))\"")
        }
        if let missing = names.first(where: { fields[$0] == nil }) {
            throw .notTheJSONExpected("\"\(missing)\" is missing")
        }
        return fields
    }

    private static func number(_ fields: Options, _ name: String) throws(PixelMessageError) -> Int {
        guard let number = fields[name].flatMap(whole) else { throw .wrongType("\"\(name)\"") }
        return number
    }

    /// A whole number, however it is written: 1, 1.0 or 1e0.
    private static func whole(_ value: OptionValue) -> Int? {
        switch value {
        case .int(let number): number
        case .double(let number): Int(exactly: number)
        default: nil
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

extension PixelMessageError {
    fileprivate static func wrongType(_ place: String) -> PixelMessageError {
        .notTheJSONExpected("\(place) has another type")
    }
}
