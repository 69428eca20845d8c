import HDF5
import Networks

/// How files write an ``Operation``, which stands among the layers of a functional model.
///
/// - Keras 3: a class of `keras.src.ops`, with the options of its `__init__`; the numbers among the arguments of its call
///   stand in the node, as in `"args": [{"class_name": "__keras_tensor__", …}, 3.0]`. A `.h5` leaves the module out, and so
///   Keras itself takes an `Add` there for the layer; only the missing `dtype` tells. What we write says the module.
/// - tf_keras: a `TFOpLambda` whose option `function` is TensorFlow's name, `math.multiply`. All arguments but the first
///   stand beside it: `["conv2d", 0, 0, {"y": 0.5, "name": null}]`; numbers in its place are
///   `["_CONSTANT_VALUE", -1, 0.5, {…}]`.
///
/// Here a declaration of Keras 3 is called by its ``Layer/kerasName``, `keras.ops.Add`.
struct OperationForm {
    /// The class name for the registry.
    let className: String
    /// The names of the arguments that may be tensors.
    let operands: [String]
    private let takesList: Bool
    private let function: TensorFlowFunction?

    /// The operation that a file declares; where it is not known, the name alone.
    init(_ declaration: Architecture.Declaration, in registry: LayerRegistry) {
        guard declaration.className == Self.tensorFlowClass else {
            className = declaration.className
            function = nil
            let type = registry.type(named: className) as? any Operation.Type
            operands = type?.operands ?? []
            takesList = type?.takesList ?? false
            return
        }
        let name = declaration.config["function"]?.string ?? "?"
        let known = registry.operation(tensorFlow: name)
        className = known?.type.kerasName ?? "tf." + name
        function = known?.function
        operands = known?.type.operands ?? []
        takesList = known?.type.takesList ?? false
    }

    // MARK: Reading

    /// tf_keras' class for all of them.
    static let tensorFlowClass = "TFOpLambda"
    /// What stands in the place of a layer's name where an argument is a number.
    static let constantMark = "_CONSTANT_VALUE"

    /// Whether a layer of a Keras 3 file is an operation.
    static func isOperation(_ declaration: Architecture.Declaration) -> Bool {
        if let module = declaration.module {
            return module.hasPrefix("keras.src.ops.") || module.hasPrefix("keras.ops")
        }
        return declaration.model == nil && declaration.config["dtype"] == nil && declaration.config["trainable"] == nil
            && LayerRegistry.operations.contains { $0.className == declaration.className }
    }

    /// What such a class is called here.
    static func name(ofKeras3 className: String) -> String { prefix + className }

    /// What Keras 3 calls the class of a declaration, as it was read.
    static func keras3Name(of declaration: Architecture.Declaration) -> String {
        let name = declaration.className
        return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    }

    /// Whether a declaration, as it was read, is an operation's.
    static func isRead(_ declaration: Architecture.Declaration) -> Bool {
        declaration.className.hasPrefix(prefix) || declaration.className == tensorFlowClass
    }

    private static let prefix = "keras.ops."

    /// The options of the operation, for each of its calls: those of the class, and the arguments that are no tensors.
    func options(_ declaration: Architecture.Declaration, _ calls: [Architecture.Call]) -> [Options] {
        var own = function?.implied ?? Options()
        for (name, value) in declaration.config.pairs
        where !["name", "trainable", "dtype", "function"].contains(name) && !value.isNull {
            own[name] = value
        }
        return calls.map { call in
            var options = own
            for (name, value) in call.givenArguments.pairs where name != "name" && function?.fixed[name] != value {
                options[operand(name)] = value
            }
            return options
        }
    }

    /// The tensors of a call in the order of the operands; `nil` where one has another name.
    func ordered(_ call: Architecture.Call) -> [Architecture.Input]? {
        guard !takesList else { return call.inputs }
        var taken = Set(call.givenArguments.names.map(operand))
        var ranked: [(rank: Int, input: Architecture.Input)] = []
        for input in call.inputs {
            // Tensors without a name take the first places that are left.
            guard let name = input.keyword.map(operand) ?? operands.first(where: { !taken.contains($0) }),
                let rank = operands.firstIndex(of: name), taken.insert(name).inserted
            else { return nil }
            ranked.append((rank, input))
        }
        return ranked.sorted { $0.rank < $1.rank }.map(\.input)
    }

    /// Keras' name of an argument.
    private func operand(_ name: String) -> String {
        for (position, operand) in operands.enumerated() where name == "args[\(position)]" { return operand }
        return function?.renamed[name] ?? name
    }
}

// MARK: Writing

extension ArchitectureWriter {
    /// The declaration of an operation.
    func operation(_ operation: any Operation, named name: String, dtype: String) throws(KerasError) -> Options {
        let type = type(of: operation)
        switch dialect {
        case .keras3:
            var config: Options = ["name": .string(name)]
            for (key, value) in operation.options.pairs where !type.operands.contains(key) { config[key] = value }
            // Without its module Keras would take it for a layer, in a legacy file too.
            return [
                "module": .string(type.module), "class_name": .string(type.className), "config": .object(config),
                "registered_name": .string(type.className),
            ]
        case .keras2:
            guard let function = type.tensorFlow.first else {
                throw KerasError(
                    Place(file: file), .notWritable("layer \"\(name)\": \(type.kerasName) does not exist in Keras 2"))
            }
            let config: Options = [
                "name": .string(name), "trainable": true, "dtype": .string(dtype), "function": .string(function.name),
            ]
            return object(
                OperationForm.tensorFlowClass, module: "tf_keras.src.layers.core.tf_op_layer", config,
                registeredName: .string(OperationForm.tensorFlowClass))
        }
    }

    /// A number as it is, numbers in lists as the NumPy array that Keras 3 makes of them.
    private func numbers(_ value: OptionValue) -> OptionValue {
        guard value.array != nil else { return value }
        return ["class_name": "__numpy__", "config": ["value": value, "dtype": "float32"]]
    }

    /// A call of an operation, with the tensors in the order of its operands.
    func node(_ operation: any Operation, _ tensors: [Source], in architecture: Architecture, at path: FlatGraph.Path)
        -> OptionValue
    {
        let type = type(of: operation)
        var rest = tensors[...]
        switch dialect {
        case .keras3:
            let values = tensors.map { tensor($0, in: architecture, at: path) }
            if type.takesList { return ["args": [.array(values)], "kwargs": [:]] }
            var unused = values[...]
            let arguments = type.operands.compactMap { operation.options[$0].map(numbers) ?? unused.popFirst() }
            return ["args": .array(arguments), "kwargs": [:]]
        case .keras2:
            guard let function = type.tensorFlow.first else { return nil }
            var keywords: Options = [:]
            for (name, value) in operation.options.pairs
            where !type.operands.contains(name) && function.implied[name] != value {
                keywords[function.argument(name)] = value
            }
            if type.takesList {
                return .array(tensors.map { .array(triple($0, in: architecture) + [.object(keywords)]) })
            }
            for name in type.operands.dropFirst() {
                keywords[function.argument(name)] = operation.options[name]
            }
            let constant = operation.options[type.operands[0]]
            let first =
                constant.map { number -> [OptionValue] in [.string(OperationForm.constantMark), -1, number] }
                ?? rest.popFirst().map { triple($0, in: architecture) } ?? []
            for name in type.operands.dropFirst() where operation.options[name] == nil {
                keywords[function.argument(name)] = rest.popFirst().map { .array(triple($0, in: architecture)) }
            }
            return .array(first + [.object(keywords)])
        }
    }
}

extension TensorFlowFunction {
    /// TensorFlow's name of one of our arguments.
    fileprivate func argument(_ name: String) -> String { renamed.first { $0.value == name }?.key ?? name }
}
