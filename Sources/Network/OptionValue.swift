/// One value of a layer's options, as Keras writes it in its JSON: whole and real numbers stay apart, objects keep order.
public indirect enum OptionValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([OptionValue])
    case object(Options)
}

/// Named values in the order in which they were written: a JSON object.
public struct Options: Hashable, Sendable {
    public private(set) var names: [String] = []
    private var values: [String: OptionValue] = [:]

    public init() {}

    public init(_ pairs: [(String, OptionValue)]) { for (name, value) in pairs { self[name] = value } }

    /// The value of this name; setting `nil` removes it, setting a new name appends it.
    public subscript(name: String) -> OptionValue? {
        get { values[name] }
        set {
            if newValue == nil {
                names.removeAll { $0 == name }
            } else if values[name] == nil {
                names.append(name)
            }
            values[name] = newValue
        }
    }

    public var isEmpty: Bool { names.isEmpty }

    /// The pairs in order.
    public var pairs: [(name: String, value: OptionValue)] {
        names.compactMap { name in values[name].map { (name, $0) } }
    }
}

extension Options: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral pairs: (String, OptionValue)...) { self.init(pairs) }
}

extension OptionValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: OptionValue...) { self = .array(elements) }
    public init(dictionaryLiteral pairs: (String, OptionValue)...) { self = .object(Options(pairs)) }
}

extension OptionValue {
    public var isNull: Bool { self == .null }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// A whole number that counts something, as nearly all do: up to 2³¹ − 1, or its negative, so that two can be
    /// multiplied; see ``OptionLimits``.
    public var int: Int? {
        int64.flatMap { (-OptionLimits.any...OptionLimits.any).contains($0) ? $0 : nil }
    }
    /// A whole number of any size, for what counts nothing: seeds, tokens.
    public var int64: Int? {
        switch self {
        case .int(let value): value
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }
    public var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var array: [OptionValue]? { if case .array(let value) = self { value } else { nil } }
    public var object: Options? { if case .object(let value) = self { value } else { nil } }
}

extension OptionValue: CustomStringConvertible {
    /// The value as JSON would write it, for messages.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): String(value)
        case .string(let value): "\"\(value)\""
        case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .object(let options):
            "{" + options.pairs.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}
