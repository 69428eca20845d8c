import Foundation
import KerasBridge

/// A result that `--json` prints: one object, whose members README.md lists for each command.
///
/// Names are snake case; numbers that JSON cannot say are the strings `NaN`, `Infinity` and `-Infinity`. Members may
/// be added to a version of the schema, never renamed or removed.
protocol JSONResult: Encodable {
    /// The command that gives this result.
    static var command: String { get }
}

/// The version of the schema that every result names.
let jsonSchema = "keras-bridge/1"

extension Console {
    /// Prints a result that a library has written as JSON already.
    ///
    /// A member `command` of its own, the words of the command line, becomes `invocation`.
    static func print(json text: String, of command: String) throws {
        let members = try JSON.parse(text).object ?? Options()
        var result: Options = ["schema": .string(jsonSchema), "command": .string(command)]
        for (name, value) in members.pairs where name != "schema" {
            result[name == "command" ? "invocation" : name] = value
        }
        try print(JSON.text(.object(result), indent: 2))
    }

    /// Prints a result as JSON, over several lines or on one.
    static func print(_ result: some JSONResult, onOneLine isLine: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !isLine { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        try print(String(decoding: encoder.encode(Envelope(result: result)), as: UTF8.self))
    }
}

/// A result with the two members that all results have.
private struct Envelope<Result: JSONResult>: Encodable {
    let result: Result

    private enum CodingKeys: String, CodingKey { case schema, command }

    func encode(to encoder: any Encoder) throws {
        try result.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(jsonSchema, forKey: .schema)
        try container.encode(Result.command, forKey: .command)
    }
}
