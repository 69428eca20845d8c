import HDF5
import Networks
import Tensors

/// Writes the architecture JSON as Keras 3 or tf_keras writes it.
///
/// Inside an archive every object says its module; in a legacy `.h5` a layer is `class_name` and `config` alone.
struct ArchitectureWriter {
    let file: String
    let dialect: Dialect
    /// Whether objects say their modules: in a `.keras` archive.
    let isArchive: Bool
    let model: Model
    let graph: FlatGraph
    private let shapes: [Source: Shape]

    init(_ model: Model, _ graph: FlatGraph, dialect: Dialect, isArchive: Bool, file: String) throws(KerasError) {
        self.file = file
        self.dialect = dialect
        self.isArchive = isArchive
        self.model = model
        self.graph = graph
        do throws(ShapeError) {
            shapes = try model.shapes()
        } catch {
            throw KerasError(Place(file: file), .shape(error))
        }
    }

    /// The object that declares the whole model.
    func write(_ architecture: Architecture) throws(KerasError) -> Options {
        if let index = model.layerWithOtherMasks(under: dialect == .keras3 ? .keras3 : .keras2) {
            let layer = model.layers[index]
            throw KerasError(
                Place(file: file),
                .notWritable(
                    "layer \"\(layer.name)\": \(dialect == .keras3 ? "Keras 3" : "Keras 2") finds other masks for this "
                        + "\(type(of: layer.layer).kerasName) than the Keras that the model follows; write the other dialect"
                ))
        }
        return try model(architecture, at: [], name: architecture.name)
    }

    private func model(
        _ architecture: Architecture, at path: FlatGraph.Path, name: String
    ) throws(KerasError) -> Options {
        let inputShapes = architecture.inputs.compactMap { inputShape(of: architecture, $0, at: path) }
        var config: Options = ["name": .string(name)]
        if dialect == .keras3 || architecture.form == .functional {
            config["trainable"] = .bool(isTrainable(architecture, at: path))
        }
        if architecture.form == .sequential, dialect == .keras3 {
            let dtype = model.layers.dropFirst().first?.dtype ?? "float32"
            config["dtype"] = KerasVersion.dtypeValue(dtype, in: dialect, withModule: true)
        }
        var layers: [OptionValue] = []
        for (position, declaration) in architecture.layers.enumerated() {
            if dialect == .keras3, architecture.form == .sequential, let index = graph.index[path + [position]],
                let operation = model.layers[index].layer as? any Operation
            {
                throw KerasError(
                    Place(file: file),
                    .notWritable(
                        "layer \"\(declaration.name)\": a Sequential of Keras 3 holds layers, not the operation "
                            + "\(type(of: operation).kerasName); write it for Keras 2, or make the model functional"))
            }
            var layer = try self.layer(declaration, in: architecture, at: path + [position])
            if architecture.form == .functional {
                layer["name"] = .string(declaration.name)
                layer["inbound_nodes"] = .array(
                    declaration.calls.map { node($0, of: position, in: architecture, at: path) })
            }
            layers.append(.object(layer))
        }
        config["layers"] = .array(layers)
        if architecture.form == .functional {
            config["input_layers"] = ends(architecture.inputs.map { Source(layer: $0) }, in: architecture)
            config["output_layers"] = ends(architecture.outputs, in: architecture)
        } else if dialect == .keras3, let shape = inputShapes.first {
            config["build_input_shape"] = shape
        }
        let (module, className, registeredName): (String, String, OptionValue) =
            switch (architecture.form, dialect) {
            case (.sequential, _): ("keras", "Sequential", nil)
            case (.functional, .keras3): ("keras.src.models.functional", "Functional", "Functional")
            // The one spelling that every tf_keras finds, whatever package it lies in.
            case (.functional, .keras2): ("keras", isArchive ? "Model" : "Functional", nil)
            }
        var object = self.object(className, module: module, config, registeredName: registeredName)
        if isArchive, !inputShapes.isEmpty {
            object["build_config"] = ["input_shape": inputShapes.count == 1 ? inputShapes[0] : .array(inputShapes)]
        }
        return object
    }

    func object(
        _ className: String, module: String, _ config: Options, registeredName: OptionValue = nil
    ) -> Options {
        guard isArchive else { return ["class_name": .string(className), "config": .object(config)] }
        return [
            "module": .string(module), "class_name": .string(className), "config": .object(config),
            "registered_name": registeredName,
        ]
    }

    /// Whether the model at `path` is trainable: not where the file froze it and all of its layers still are.
    private func isTrainable(_ architecture: Architecture, at path: FlatGraph.Path) -> Bool {
        if architecture.isTrainable { return true }
        return graph.index.contains { place, layer in place.starts(with: path) && model.layers[layer].isTrainable }
    }

    // MARK: Layers

    private func layer(
        _ declaration: Architecture.Declaration, in architecture: Architecture, at path: FlatGraph.Path
    ) throws(KerasError) -> Options {
        if let inner = declaration.model?.value { return try model(inner, at: path, name: declaration.name) }
        guard let index = graph.index[path] else {
            // An inner model's input: no layer of the flat model stands for it.
            return object("InputLayer", module: "keras.layers", try input(declaration, at: path, in: architecture))
        }
        let layer = model.layers[index]
        if layer.layer is InputLayer {
            return object("InputLayer", module: "keras.layers", try input(declaration, at: path, in: architecture))
        }
        if let operation = layer.layer as? any Operation {
            return try self.operation(operation, named: declaration.name, dtype: layer.dtype)
        }
        let className = type(of: layer.layer).kerasName
        var config: Options = [
            "name": .string(declaration.name), "trainable": .bool(isTrainable(index, declaration)),
            "dtype": KerasVersion.dtypeValue(layer.dtype, in: dialect, withModule: isArchive),
        ]
        // Keras 3's SpatialDropout and Discretization neither write nor read it.
        if dialect == .keras3, className.hasPrefix("SpatialDropout") || className == Discretization.kerasName {
            config["trainable"] = nil
        }
        // Keras 2 wants to be told that places are whole numbers.
        if dialect == .keras2, let lookup = layer.layer as? IntegerLookup, lookup.mode == nil {
            config["dtype"] = "int64"
        }
        // Nor its Pipeline, nor the type of its numbers.
        if layer.layer is Pipeline { (config["trainable"], config["dtype"]) = (nil, nil) }
        do throws(KerasVersion.Untranslatable) {
            let words = try KerasVersion.options(
                layer.layer.options, of: className, dtype: layer.dtype, in: dialect)
            for (name, value) in words.pairs { config[name] = value }
        } catch {
            throw KerasError(Place(file: file), .notWritable("layer \"\(layer.name)\": \(error.reason)"))
        }
        let inputs = layer.declaredCalls.first?.compactMap { shapes[$0].map(Self.value) } ?? []
        if dialect == .keras2, layer.layer is MultiHeadAttention, inputs.count >= 2 {
            // It builds itself by these when it is read.
            config["query_shape"] = inputs[0]
            config["value_shape"] = inputs[1]
            config["key_shape"] = inputs[inputs.count - 1]
            config["softmax_robust_masking"] = false
        }
        if let wrapper = layer.layer as? TimeDistributed, let inner = wrapper.layer.value as? NestedModel {
            config["layer"] = .object(try self.inner(inner, named: wrapper.layer.name))
        }
        // A class from a package of its own is known by that name.
        let parts = className.split(separator: ">")
        let module = Self.applicationModules[className]
        var object = self.object(
            parts.last.map(String.init) ?? className, module: module ?? "keras.layers", config,
            registeredName: parts.count > 1 || module != nil ? .string(className) : nil)
        // Layers that give their inputs names are built when they are called.
        let isBuilt = inputs.count == 1 || Self.takesList.contains(className)
        if isArchive, !layer.specs.isEmpty, !inputs.isEmpty, isBuilt {
            object["build_config"] = ["input_shape": inputs.count == 1 ? inputs[0] : .array(inputs)]
        }
        return object
    }

    /// The object of a model that a wrapper holds.
    private func inner(_ nested: NestedModel, named name: String?) throws(KerasError) -> Options {
        let (architecture, graph) = Architecture.following(
            nested.declaredArchitecture, of: nested.model, callLimit: ArchitectureLimits().calls)
        // Here every Keras wants to be told the modules, in a legacy file too.
        let writer = try ArchitectureWriter(nested.model, graph, dialect: dialect, isArchive: true, file: file)
        var declared = architecture
        if let name { declared.name = name }
        return try writer.write(declared)
    }

    /// Where Keras finds the layers that its ready-made architectures alone have.
    private static let applicationModules = [
        "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
        "LayerScale": "keras.src.applications.convnext", "StochasticDepth": "keras.src.applications.convnext",
    ]

    /// What a layer says of itself: one that the model around it has frozen may say true.
    private func isTrainable(_ index: Int, _ declaration: Architecture.Declaration) -> Bool {
        model.layers[index].isTrainable || declaration.isTrainable && !graph.layers[index].isTrainable
    }

    private func input(
        _ declaration: Architecture.Declaration, at path: FlatGraph.Path, in architecture: Architecture
    ) throws(KerasError) -> Options {
        let position = path[path.count - 1]
        let shape = inputShape(of: architecture, position, at: Array(path.dropLast())) ?? nil
        let dtype =
            graph.index[path].map { model.layers[$0].dtype }
            ?? KerasVersion.dtype(declaration.config["dtype"]) ?? "float32"
        var config = Options()
        config[dialect == .keras3 ? "batch_shape" : "batch_input_shape"] = shape
        config["dtype"] = .string(dtype)
        config["sparse"] = false
        config["ragged"] = false
        config["name"] = .string(declaration.name)
        if dialect == .keras3 { config["optional"] = false }
        return config
    }

    private func inputShape(
        of architecture: Architecture, _ position: Int, at path: FlatGraph.Path
    ) -> OptionValue? {
        if let index = graph.index[path + [position]], let layer = model.layers[index].layer as? InputLayer {
            return Self.value(layer.batchShape)
        }
        let config = architecture.layers[position].config
        return config["batch_shape"] ?? config["batch_input_shape"]
    }

    private static func value(_ shape: Shape) -> OptionValue {
        .array(shape.map { $0 == Shape.unknown ? .null : .int($0) })
    }

    // MARK: Nodes

    /// Whether the inputs after the first are states to start from.
    private static func takesStates(_ layer: any Layer) -> Bool {
        layer is any RecurrentLayer || layer is Bidirectional
    }

    private static let takesList: Set = [
        "Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract", "Attention",
        "AdditiveAttention", "CustomScaleLayer",
    ]

    private func node(
        _ call: Architecture.Call, of position: Int, in architecture: Architecture, at path: FlatGraph.Path
    ) -> OptionValue {
        if let flat = graph.index[path + [position]], let operation = model.layers[flat].layer as? any Operation {
            let form = OperationForm(architecture.layers[position], in: .keras)
            return node(operation, (form.ordered(call) ?? call.inputs).map(\.source), in: architecture, at: path)
        }
        // A null says something in Keras 3's nodes alone: that the argument was given.
        var arguments = dialect == .keras3 ? call.arguments : call.givenArguments
        switch dialect {
        case .keras3:
            var positional: [OptionValue] = []
            let layer = graph.index[path + [position]].map { model.layers[$0].layer }
            var states: [OptionValue] = []
            for (number, input) in call.inputs.enumerated() {
                let tensor = tensor(input.source, in: architecture, at: path)
                // Older files give the states to start from beside the sequence.
                let isState = input.keyword == nil && number > 0 && layer.map(Self.takesStates) == true
                if isState || input.keyword == "initial_state" {
                    states.append(tensor)
                } else if let keyword = input.keyword {
                    arguments[keyword] = tensor
                } else {
                    positional.append(tensor)
                }
            }
            if !states.isEmpty { arguments["initial_state"] = .array(states) }
            let className = layer.map { type(of: $0).kerasName } ?? ""
            let isModel = architecture.layers[position].model != nil
            if Self.takesList.contains(className) || isModel && positional.count > 1 {
                positional = [.array(positional)]
            }
            return ["args": .array(positional), "kwargs": .object(arguments)]
        case .keras2:
            var entries: [OptionValue] = []
            let layer = graph.index[path + [position]].map { model.layers[$0].layer }
            for (number, input) in call.inputs.enumerated() {
                let triple = triple(input.source, in: architecture)
                // Only the first argument of this layer may go without its name.
                let ownKeyword = layer is MultiHeadAttention ? [nil, "value", "key"][min(number, 2)] : nil
                if let keyword = input.keyword ?? ownKeyword, keyword != "initial_state" {
                    arguments[keyword] = .array(triple)
                } else {
                    entries.append(.array(triple))
                }
            }
            // The arguments stand beside the first input; the others have none.
            return .array(
                entries.enumerated().map { position, entry in
                    .array((entry.array ?? []) + [.object(position == 0 ? arguments : Options())])
                })
        }
    }

    func tensor(_ source: Source, in architecture: Architecture, at path: FlatGraph.Path) -> OptionValue {
        let resolved = graph.source(source, in: path)
        return [
            "class_name": "__keras_tensor__",
            "config": [
                "shape": resolved.flatMap { shapes[$0] }.map(Self.value) ?? nil, "dtype": "float32",
                "keras_history": [
                    .string(architecture.layers[source.layer].name), .int(source.call), .int(source.output),
                ],
            ],
        ]
    }

    /// `[layer, call, output]`, where a model inside the model counts a hidden call as 0.
    func triple(_ source: Source, in architecture: Architecture) -> [OptionValue] {
        let layer = architecture.layers[source.layer]
        return [.string(layer.name), .int(source.call + (layer.model == nil ? 0 : 1)), .int(source.output)]
    }

    private func ends(_ sources: [Source], in architecture: Architecture) -> OptionValue {
        let triples = sources.map { source -> OptionValue in
            // Keras 3 counts the hidden call here too, of a Functional.
            let inner = architecture.layers[source.layer].model?.value
            if dialect == .keras3, inner?.form == .sequential {
                return [.string(architecture.layers[source.layer].name), .int(source.call), .int(source.output)]
            }
            return .array(triple(source, in: architecture))
        }
        return dialect == .keras3 && triples.count == 1 ? triples[0] : .array(triples)
    }
}
