/// A value that Keras writes as a class name and options of its own: an initializer, a regularizer, a constraint.
protocol KerasObject {
    /// The Python module that Keras 3 and tf_keras write beside the class name.
    static var kerasModule: String { get }

    /// What messages call such a value, with the classes that are known.
    static var expected: String { get }

    /// Reads the value; `nil` where no class has this name, given in lower case and without underscores.
    init?(plainName: String, from config: inout OptionReader) throws(OptionError)

    var className: String { get }
    var config: Options { get }
}

extension KerasObject {
    /// The value as Keras writes it into a layer's options.
    var optionValue: OptionValue {
        .object([
            "module": .string(Self.kerasModule), "class_name": .string(className), "config": .object(config),
            "registered_name": nil,
        ])
    }
}

extension OptionReader {
    /// An initializer, regularizer or constraint: an object with `class_name` and `config`, or just its name.
    mutating func object<Value: KerasObject>(_ name: String, as type: Value.Type) throws(OptionError) -> Value? {
        guard let value = value(name) else { return nil }
        let unsupported = OptionError.unsupported(
            layer: layer, option: name, value: value, expected: Value.expected)
        guard let className = value.string ?? value.object?["class_name"]?.string else { throw unsupported }
        let config = value.object?["config"]?.object ?? Options()
        var reader = OptionReader(config, layer: "\(layer)\": \"\(name)")
        let plainName = className.lowercased().filter { $0 != "_" }
        guard let found = try Value(plainName: plainName, from: &reader) else { throw unsupported }
        try reader.finish()
        return found
    }
}
