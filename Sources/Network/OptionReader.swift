/// Reads a layer's options by Keras' names, remembers which were asked for, and refuses what nobody asked for.
///
/// An option that a layer does not know changes what the layer computes in some Keras version: it is never ignored.
public struct OptionReader {
    public let layer: String
    public private(set) var options: Options
    private var read: Set<String> = []
    /// Where layers inside layers come from.
    var registry = LayerRegistry.keras

    public init(_ options: Options, layer: String) {
        self.options = options
        self.layer = layer
    }

    /// The raw value of an option, or `nil` where it is absent or null.
    public mutating func value(_ name: String) -> OptionValue? {
        read.insert(name)
        guard let value = options[name], !value.isNull else { return nil }
        return value
    }

    public mutating func required<Value>(
        _ name: String, _ expected: String, _ convert: (OptionValue) -> Value?
    ) throws(OptionError) -> Value {
        guard let value = value(name) else {
            throw .missing(layer: layer, option: name, present: options.names)
        }
        guard let converted = convert(value) else {
            throw .unsupported(layer: layer, option: name, value: value, expected: expected)
        }
        return converted
    }

    public mutating func optional<Value>(
        _ name: String, _ expected: String, _ convert: (OptionValue) -> Value?
    ) throws(OptionError) -> Value? {
        guard let value = value(name) else { return nil }
        guard let converted = convert(value) else {
            throw .unsupported(layer: layer, option: name, value: value, expected: expected)
        }
        return converted
    }

    /// A whole number within its ``OptionLimits``.
    public mutating func int(_ name: String) throws(OptionError) -> Int {
        try required(name, "a whole number\(OptionLimits.words(name))") { $0.count(name) }
    }

    public mutating func int(_ name: String, default fallback: Int) throws(OptionError) -> Int {
        try optional(name, "a whole number\(OptionLimits.words(name))") { $0.count(name) } ?? fallback
    }

    public mutating func double(_ name: String, default fallback: Double) throws(OptionError) -> Double {
        try optional(name, "a number", \.double) ?? fallback
    }

    public mutating func bool(_ name: String, default fallback: Bool) throws(OptionError) -> Bool {
        try optional(name, "true or false", \.bool) ?? fallback
    }

    public mutating func string(_ name: String, default fallback: String) throws(OptionError) -> String {
        try optional(name, "a string", \.string) ?? fallback
    }

    /// One of a fixed set of words, such as `padding`.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default fallback: Choice
    ) throws(OptionError) -> Choice {
        let words = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        return try optional(name, words) { $0.string.flatMap(Choice.init(rawValue:)) } ?? fallback
    }

    /// A list of `count` positive whole numbers; Keras also writes one number for all of them.
    public mutating func ints(_ name: String, count: Int, default fallback: [Int]?) throws(OptionError) -> [Int] {
        let expected = "\(count) positive whole numbers\(OptionLimits.words(name))"
        let convert: (OptionValue) -> [Int]? = { value in
            if let one = value.count(name) { return one > 0 ? Array(repeating: one, count: count) : nil }
            guard let list = value.array, list.count == count else { return nil }
            let ints = list.compactMap { $0.count(name) }
            return ints.count == count && ints.allSatisfy { $0 > 0 } ? ints : nil
        }
        if let fallback { return try optional(name, expected, convert) ?? fallback }
        return try required(name, expected, convert)
    }

    /// Marks options as understood though they change nothing that we compute.
    public mutating func ignore(_ names: String...) { ignore(names) }

    /// The same for a list.
    public mutating func ignore(_ names: [String]) { read.formUnion(names) }

    /// Marks options as understood, and refuses them unless they are absent, null or false.
    public mutating func refuse(_ names: String...) throws(OptionError) {
        for name in names {
            _ = try optional(name, "null or false") { $0.bool == false ? true : nil }
        }
    }

    /// Lets `body` read with another value of one option, if the layer asks for that option at all.
    mutating func replacing<Value>(
        _ name: String, by value: OptionValue, _ body: (inout OptionReader) throws(OptionError) -> Value
    ) throws(OptionError) -> Value {
        let given = options
        options[name] = value
        defer { options = given }
        return try body(&self)
    }

    /// Refuses the options that nobody has read.
    public func finish() throws(OptionError) {
        for (name, value) in options.pairs where !read.contains(name) {
            throw .unknown(layer: layer, option: name, value: value)
        }
    }
}

/// What is wrong with a layer's options.
public enum OptionError: Error, Hashable {
    case missing(layer: String, option: String, present: [String])
    case unsupported(layer: String, option: String, value: OptionValue, expected: String)
    case unknown(layer: String, option: String, value: OptionValue)
}

extension OptionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let layer, let option, let present):
            "layer \"\(layer)\": option \"\(option)\" is missing; present: \(present.sorted().joined(separator: ", "))"
        case .unsupported(let layer, let option, let value, let expected):
            "layer \"\(layer)\": option \"\(option)\" has value \(value), which is not supported; expected \(expected)"
        case .unknown(let layer, let option, let value):
            "layer \"\(layer)\": option \"\(option)\" (value \(value)) is not known to this layer"
        }
    }
}
