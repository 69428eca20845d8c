import Hummingbird
import HummingbirdCore

/// The part of an address after `?`, read strictly: a value that means nothing is an error, not a default.
struct RequestQuery {
    private let pairs: FlatDictionary<Substring, Substring>

    init(_ request: Request) { pairs = request.uri.queryParameters }

    /// `1` or `0`.
    func flag(_ name: String, default usual: Bool) throws(Problem) -> Bool {
        guard let value = try one(name) else { return usual }
        switch value {
        case "1": return true
        case "0": return false
        default: throw Self.wrong(name, value, expected: "0 or 1")
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default usual: Choice
    ) throws(Problem) -> Choice where Choice.RawValue == String {
        guard let value = try one(name) else { return usual }
        guard let choice = Choice(rawValue: value) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong(name, value, expected: "one of \(choices)")
        }
        return choice
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let value = try one(name) else { return nil }
        guard value.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(value), range.contains(number),
            value == "\(number)"
        else {
            throw Self.wrong(name, value, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func one(_ name: String) throws(Problem) -> String? {
        let values = pairs[values: name[...]]
        guard values.count <= 1 else {
            throw .badRequest(
                "bad_parameter", "The parameter \(name) stands \(values.count) times.", remedy: "Give it once.")
        }
        return values.first.map(String.init)
    }

    private static func wrong(_ name: String, _ value: String, expected: String) -> Problem {
        .badRequest(
            "bad_parameter", "The parameter \(name) is \"\(value.prefix(40))\", expected \(expected).",
            remedy: "/openapi.json lists all parameters.")
    }
}
