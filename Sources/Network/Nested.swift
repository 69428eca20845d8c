import Tensors

/// A layer or a cell inside another, with what Keras writes beside its options.
public struct Nested<Value: Sendable>: Sendable {
    public var value: Value
    /// Its own name, kept for files; `nil` lets Keras name it.
    public var name: String?
    /// Keras' `trainable` of it alone.
    public var isTrainable: Bool
    /// Its dtype policy, kept for files.
    var dtype: OptionValue?

    public init(_ value: Value, name: String? = nil, isTrainable: Bool = true) {
        self.value = value
        self.name = name
        self.isTrainable = isTrainable
    }

    /// The object that Keras writes: class name, then the options with name and trainable.
    fileprivate func object(_ className: String, _ options: Options) -> OptionValue {
        var config = Options()
        config["name"] = name.map { .string($0) }
        // Some do not read it.
        let isAlwaysTrained =
            value is Pipeline || value is Discretization || className.hasPrefix("SpatialDropout")
        if !isTrainable || !isAlwaysTrained { config["trainable"] = .bool(isTrainable) }
        config["dtype"] = dtype
        for (name, value) in options.pairs { config[name] = value }
        let parts = className.split(separator: ">")
        return .object([
            "module": "keras.layers", "class_name": .string(parts.last.map(String.init) ?? className),
            "config": .object(config), "registered_name": parts.count > 1 ? .string(className) : nil,
        ])
    }

    /// A weight's place in the outer layer: frozen where this object is.
    func spec(_ spec: WeightSpec, inside object: String) -> WeightSpec {
        var spec = spec.inside(object)
        spec.isTrainable = spec.isTrainable && isTrainable
        return spec
    }
}

extension Nested where Value == any Layer {
    var optionValue: OptionValue { object(type(of: value).kerasName, value.options) }

    /// The context of the inner layer's call.
    func context(_ outer: Context) -> Context {
        var context = outer
        context.isTrainable = outer.isTrainable && isTrainable
        return context
    }
}

extension Nested where Value == any RecurrentLayer {
    var optionValue: OptionValue { object(type(of: value).kerasName, value.options) }
}

extension Nested where Value == any RecurrentCell {
    var optionValue: OptionValue { object(type(of: value).kerasName, value.options) }
}

/// The cells that Keras files may name.
private let cellTypes: [any RecurrentCell.Type] = [
    GRUCell.self, LSTMCell.self, SimpleRNNCell.self, StackedRNNCells.self,
]

extension OptionReader {
    /// A layer that stands in an option, as Keras writes it: `class_name` and `config`.
    mutating func nestedLayer(_ option: String) throws(OptionError) -> Nested<any Layer> {
        try nestedLayer(option, try required(option, "a layer") { $0.object })
    }

    /// A list of layers that stands in an option.
    mutating func nestedLayers(_ option: String) throws(OptionError) -> [Nested<any Layer>] {
        var layers: [Nested<any Layer>] = []
        for object in try objects(option, "a list of layers") { layers.append(try nestedLayer(option, object)) }
        return layers
    }

    private func nestedLayer(_ option: String, _ object: Options) throws(OptionError) -> Nested<any Layer> {
        if let className = object["class_name"]?.string, LayerRegistry.modelClasses.contains(className),
            let readModel = registry.readModel
        {
            let config = object["config"]?.object ?? Options()
            switch readModel(object) {
            case .success(let model):
                return Nested(
                    model, name: config["name"]?.string, isTrainable: config["trainable"]?.bool ?? true)
            case .failure(let error):
                throw .unsupported(
                    layer: layer, option: option, value: .string(className),
                    expected: "a model that can be one layer: \(error.reason)")
            }
        }
        let parts = try nested(option, object)
        do throws(LayerError) {
            let inner = try registry.layer(
                named: "\(layer)/\(parts.name ?? option)", className: parts.className, options: parts.options)
            return parts.holding(inner)
        } catch {
            switch error {
            case .options(let error): throw error
            case .unsupportedClass(_, _, let reason, let supported):
                throw .unsupported(
                    layer: layer, option: option, value: .string(parts.className),
                    expected: reason.map { "another layer (\($0))" }
                        ?? "one of " + supported.joined(separator: ", "))
            }
        }
    }

    /// A recurrent layer that stands in an option.
    mutating func nestedRecurrentLayer(_ option: String) throws(OptionError) -> Nested<any RecurrentLayer> {
        let found = try nestedLayer(option)
        guard let recurrent = found.value as? any RecurrentLayer else {
            throw .unsupported(
                layer: layer, option: option, value: .string(type(of: found.value).kerasName),
                expected: "a recurrent layer with its channels last")
        }
        var nested = Nested<any RecurrentLayer>(recurrent, name: found.name, isTrainable: found.isTrainable)
        nested.dtype = found.dtype
        return nested
    }

    /// A recurrent cell that stands in an option.
    mutating func cell(_ option: String) throws(OptionError) -> Nested<any RecurrentCell> {
        try cell(option, try required(option, "a recurrent cell") { $0.object })
    }

    /// A list of recurrent cells that stands in an option.
    mutating func cells(_ option: String) throws(OptionError) -> [Nested<any RecurrentCell>] {
        var cells: [Nested<any RecurrentCell>] = []
        for object in try objects(option, "a list of recurrent cells") { cells.append(try cell(option, object)) }
        return cells
    }

    private mutating func objects(_ option: String, _ expected: String) throws(OptionError) -> [Options] {
        try required(option, expected) { value in
            guard let list = value.array, !list.isEmpty else { return nil }
            let objects = list.compactMap(\.object)
            return objects.count == list.count ? objects : nil
        }
    }

    private func cell(_ option: String, _ object: Options) throws(OptionError) -> Nested<any RecurrentCell> {
        let parts = try nested(option, object)
        guard let type = cellTypes.first(where: { $0.kerasName == parts.className }) else {
            throw .unsupported(
                layer: layer, option: option, value: .string(parts.className),
                expected: "one of " + cellTypes.map { $0.kerasName }.joined(separator: ", "))
        }
        var reader = OptionReader(parts.options, layer: "\(layer)/\(parts.name ?? option)")
        reader.registry = registry
        let cell = try type.init(from: &reader)
        try reader.finish()
        return parts.holding(cell)
    }

    private struct Parts {
        var className: String
        var options: Options
        var name: String?
        var isTrainable: Bool
        var dtype: OptionValue?

        func holding<Value>(_ value: Value) -> Nested<Value> {
            var nested = Nested(value, name: name, isTrainable: isTrainable)
            nested.dtype = dtype
            return nested
        }
    }

    private func nested(_ option: String, _ object: Options) throws(OptionError) -> Parts {
        let registered = object["registered_name"]?.string.flatMap { $0.contains(">") ? $0 : nil }
        guard let className = registered ?? object["class_name"]?.string, var config = object["config"]?.object
        else {
            throw .unsupported(
                layer: layer, option: option, value: .object(object), expected: "\"class_name\" and \"config\"")
        }
        let (name, isTrainable) = (config["name"]?.string, config["trainable"]?.bool ?? true)
        let dtype = config["dtype"]
        for common in ["name", "trainable", "dtype", "build_config"] { config[common] = nil }
        return Parts(className: className, options: config, name: name, isTrainable: isTrainable, dtype: dtype)
    }
}

extension Sequence<any Layer> {
    /// What Keras' files call each layer of a list: its class, with a number from the second on.
    var namesInFiles: [String] {
        var used: [String: Int] = [:]
        return map { layer in
            let name = type(of: layer).kerasName.snakeCased
            let number = used[name, default: 0]
            used[name] = number + 1
            return number == 0 ? name : "\(name)_\(number)"
        }
    }
}

extension String {
    /// Keras' own way to make a variable's name of a class's: `MaxPooling2D` becomes `max_pooling2d`.
    package var snakeCased: String {
        let letters = filter { $0.isLetter || $0.isNumber || $0 == "_" }.map { $0 }
        func isUpper(_ i: Int) -> Bool { letters.indices.contains(i) && ("A"..."Z").contains(letters[i]) }
        func isLower(_ i: Int) -> Bool { letters.indices.contains(i) && ("a"..."z").contains(letters[i]) }
        var name = ""
        for i in letters.indices {
            if i > 0, isUpper(i), isLower(i + 1) || isLower(i - 1) { name += "_" }
            name += letters[i].lowercased()
        }
        return name
    }
}
