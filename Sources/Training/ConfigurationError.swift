import Networks

/// A part of a training configuration that cannot be understood.
public enum ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// Nothing of this name is known.
    case unknown(kind: String, name: String, known: [String])
    /// Keras has it, this package leaves it out.
    case leftOut(kind: String, name: String, reason: String)
    /// An option of it is missing, unknown or of a wrong value.
    case option(kind: String, OptionError)

    public var description: String {
        switch self {
        case .unknown(let kind, let name, let known):
            "\(kind) \"\(name)\" is not supported; supported: \(known.joined(separator: ", "))"
        case .leftOut(let kind, let name, let reason):
            "\(kind) \"\(name)\" is not supported: \(reason)"
        case .option(let kind, .missing(let name, let option, let present)):
            "\(kind) \"\(name)\": option \"\(option)\" is missing; present: \(present.sorted().joined(separator: ", "))"
        case .option(let kind, .unsupported(let name, let option, let value, let expected)):
            "\(kind) \"\(name)\": option \"\(option)\" has value \(value), which is not supported; expected \(expected)"
        case .option(let kind, .unknown(let name, let option, let value)):
            "\(kind) \"\(name)\": option \"\(option)\" (value \(value)) is not known to it"
        }
    }
}

/// Reads options to their end, naming what they belong to where they are wrong.
func reading<Value>(
    _ kind: String, _ name: String, _ options: Options,
    _ make: (inout OptionReader) throws(OptionError) -> Value
) throws(ConfigurationError) -> Value {
    var reader = OptionReader(options, layer: name)
    do {
        let value = try make(&reader)
        try reader.finish()
        return value
    } catch {
        throw .option(kind: kind, error)
    }
}
