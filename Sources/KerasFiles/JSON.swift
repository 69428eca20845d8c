import Networks

/// JSON as Python's `json` module reads and writes it: ordered objects, `NaN` and `Infinity`, ASCII only on the way out.
public enum JSON {
    /// How much of a text from outside the reader takes.
    public struct Limits: Sendable, Hashable {
        /// The longest text, in bytes.
        public var bytes = 64 << 20
        /// How deep arrays and objects may nest.
        public var depth = 256

        public init() {}
    }

    /// The value that a text holds.
    ///
    /// - Throws: ``JSONError`` with the place of the first mistake. A repeated key is a mistake: two readers could
    ///   see two different models in one file.
    public static func parse(_ text: String, limits: Limits = Limits()) throws(JSONError) -> OptionValue {
        try parse(Array(text.utf8), limits: limits)
    }

    /// The value that a text in UTF-8 holds.
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) -> OptionValue {
        guard bytes.count <= limits.bytes else {
            throw JSONError(
                "the text has \(bytes.count) bytes, more than the limit of \(limits.bytes)", at: 0, in: bytes)
        }
        var reader = JSONReader(bytes: bytes, depthLimit: limits.depth)
        return try reader.document()
    }

    /// The text that `json.dumps(value)` gives: separators `", "` and `": "`, ASCII only, Python's spelling of numbers.
    ///
    /// - Parameter indent: as `json.dumps(value, indent=…)`: one element a line.
    public static func text(_ value: OptionValue, indent: Int? = nil) -> String {
        var writer = JSONWriter(indent: indent)
        writer.write(value, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Hashable, CustomStringConvertible {
    public var problem: String
    /// Bytes before the place.
    public var offset: Int
    public var line: Int
    public var column: Int

    init(_ problem: String, at offset: Int, in bytes: [UInt8]) {
        self.problem = problem
        self.offset = offset
        let before = bytes.prefix(offset)
        line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        column = 1 + offset - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
    }

    public var description: String { "line \(line), column \(column): \(problem)" }
}

/// A recursive-descent reader that never leaves its bytes and never goes deeper than it may.
private struct JSONReader {
    let bytes: [UInt8]
    let depthLimit: Int
    var position = 0

    init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func document() throws(JSONError) -> OptionValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw fault("expected the end of the text, found \(here)") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> OptionValue {
        guard depth <= depthLimit else { throw fault("arrays and objects nest deeper than \(depthLimit)") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t") where take("true"): return .bool(true)
        case UInt8(ascii: "f") where take("false"): return .bool(false)
        case UInt8(ascii: "n") where take("null"): return .null
        case UInt8(ascii: "N") where take("NaN"): return .double(.nan)
        case UInt8(ascii: "I") where take("Infinity"): return .double(.infinity)
        case UInt8(ascii: "-") where take("-Infinity"): return .double(-.infinity)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> Options {
        var options = Options()
        position += 1
        skipSpace()
        if take("}") { return options }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault("expected a key in quotes, found \(here)") }
            let start = position
            let key = try string()
            guard options[key] == nil else {
                throw JSONError("the key \"\(key)\" stands twice in one object", at: start, in: bytes)
            }
            skipSpace()
            guard take(":") else { throw fault("expected ':' after a key, found \(here)") }
            options[key] = try value(depth: depth + 1)
            skipSpace()
            if take("}") { return options }
            guard take(",") else { throw fault("expected ',' or '}', found \(here)") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [OptionValue] {
        var values: [OptionValue] = []
        position += 1
        skipSpace()
        if take("]") { return values }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return values }
            guard take(",") else { throw fault("expected ',' or ']', found \(here)") }
        }
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw JSONError("the string is not UTF-8", at: start, in: bytes)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0..<0x20: throw fault("a control character stands in a string")
            default:
                content.append(byte)
                position += 1
            }
        }
        throw JSONError("the string has no end", at: start, in: bytes)
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let kind = peek else { throw fault("the string has no end") }
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(kind)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try hexUnit()]
            if UTF16.isLeadSurrogate(units[0]), take("\\u") { units.append(try hexUnit()) }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw JSONError("half of a surrogate pair stands alone", at: start, in: bytes)
            }
            content.append(contentsOf: text.utf8)
        default: throw JSONError("unknown escape in a string", at: start, in: bytes)
        }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("expected four hexadecimal digits") }
        position += 4
        return unit
    }

    private mutating func number() throws(JSONError) -> OptionValue {
        let start = position
        _ = take("-")
        let whole = takeDigits()
        guard whole > 0 else {
            position = start
            throw fault("expected a value, found \(here)")
        }
        guard whole == 1 || bytes[position - whole] != UInt8(ascii: "0") else {
            throw JSONError("a number starts with 0", at: start, in: bytes)
        }
        var isReal = false
        if take(".") {
            isReal = true
            guard takeDigits() > 0 else { throw fault("expected a digit, found \(here)") }
        }
        if take("e") || take("E") {
            isReal = true
            _ = take("-") || take("+")
            guard takeDigits() > 0 else { throw fault("expected a digit, found \(here)") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if !isReal, let value = Int(text) { return .int(value) }
        // Python's whole numbers have no end; beyond 64 bits only the nearest real number is left.
        guard let value = Double(text) else { throw JSONError("not a number", at: start, in: bytes) }
        return .double(value)
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            guard bytes[position...].starts(with: word) else { return false }
            position += word.count
            return true
        }
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private var here: String {
        guard let byte = peek else { return "the end of the text" }
        return (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    }

    private func fault(_ problem: String) -> JSONError { JSONError(problem, at: position, in: bytes) }
}

private struct JSONWriter {
    let indent: Int?
    var bytes: [UInt8] = []

    init(indent: Int?) { self.indent = indent }

    mutating func write(_ value: OptionValue, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .int(let value): append(String(value))
        case .double(let value): append(Self.repr(value))
        case .string(let text): write(text)
        case .array(let values):
            list("[", "]", values, depth: depth) { writer, value in writer.write(value, depth: depth + 1) }
        case .object(let options):
            list("{", "}", options.pairs, depth: depth) { writer, pair in
                writer.write(pair.name)
                writer.append(": ")
                writer.write(pair.value, depth: depth + 1)
            }
        }
    }

    private mutating func list<Element>(
        _ open: String, _ close: String, _ elements: [Element], depth: Int,
        _ one: (inout JSONWriter, Element) -> Void
    ) {
        append(open)
        for (position, element) in elements.enumerated() {
            if let indent {
                append((position > 0 ? ",\n" : "\n") + String(repeating: " ", count: indent * (depth + 1)))
            } else if position > 0 {
                append(", ")
            }
            one(&self, element)
        }
        if let indent, !elements.isEmpty { append("\n" + String(repeating: " ", count: indent * depth)) }
        append(close)
    }

    private mutating func write(_ text: String) {
        append("\"")
        for unit in text.utf16 {
            switch unit {
            case 0x22: append("\\\"")
            case 0x5C: append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0x0C: append("\\f")
            case 0x08: append("\\b")
            case 0x20...0x7E: bytes.append(UInt8(unit))
            default:
                let hex = String(unit, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
            }
        }
        append("\"")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Python's `repr(float)`: the fewest digits that read back the same, an exponent below 1e-4 and from 1e16 on.
    static func repr(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        // Swift prints the same digits but changes to exponents elsewhere.
        let parts = value.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        var digits = String(mantissa[0] + fraction)
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        if digits == "0" { point = 1 }

        var text: String
        if point > -4, point <= 16 {
            if point <= 0 {
                text = "0." + String(repeating: "0", count: -point) + digits
            } else if digits.count <= point {
                text = digits + String(repeating: "0", count: point - digits.count) + ".0"
            } else {
                text = digits.prefix(point) + "." + digits.dropFirst(point)
            }
        } else {
            let exponent = point - 1
            let magnitude = String(abs(exponent))
            text = String(digits.prefix(1)) + (digits.count > 1 ? "." + digits.dropFirst() : "")
            text += exponent < 0 ? "e-" : "e+"
            text += magnitude.count < 2 ? "0" + magnitude : magnitude
        }
        if value.sign == .minus { text = "-" + text }
        return text
    }
}
