import HDF5
import Networks
import Tensors

/// Makes a ``Model`` from an architecture: finds each layer's type, reads its options, and lets it name its weights.
struct ModelBuilder {
    let place: Place
    let registry: LayerRegistry
    /// The major version that wrote the file.
    let major: Int
    var limits = ArchitectureLimits()
    /// How large the model's weights may be, each and all together: whatever a file says of them, they are made.
    var weights = HDF5.Limits()

    /// What reading found besides the model.
    struct Built {
        var model: Model
        var graph: FlatGraph
        /// Sentences for people: what was understood in one of several ways.
        var notes: [String]
    }

    /// The registry, with a way to read models that stand in a wrapper's options.
    private var modelReading: LayerRegistry {
        var registry = registry
        registry.readModel = { [self] object in
            var reader = ArchitectureReader(at: place, limits: limits)
            do throws(KerasError) {
                let architecture = try reader.read(.object(object))
                let built = try build(architecture)
                if let kept = try? built.model.keptStates().keys.first {
                    let name = built.model.layers[kept].name
                    return .failure(NestedModel.Unreadable(reason: "layer \"\(name)\" has stateful true"))
                }
                return .success(NestedModel(built, declared: architecture, as: object))
            } catch {
                return .failure(NestedModel.Unreadable(reason: "\(error.problem)"))
            }
        }
        return registry
    }

    /// The model, without values in its weights.
    ///
    /// - Throws: ``KerasError`` for the first problem of ``problems(in:)``.
    func build(_ architecture: Architecture) throws(KerasError) -> Built {
        var notes: [String] = []
        let graph = try flatten(architecture)
        var layers: [ModelLayer] = []
        for index in graph.layers.indices {
            switch layer(index, of: graph, &notes) {
            case .success(let layer): layers.append(layer)
            case .failure(let error): throw error
            }
        }
        var model = Model(
            name: architecture.name, form: architecture.form, layers: layers, inputs: graph.inputs,
            outputs: graph.outputs)
        do {
            try model.build()
            try checkWeights(of: model)
            try checkMasks(of: model, graph)
            let shapes = try model.shapes()
            for output in model.outputs where shapes[output] == nil {
                let name = model.layers[output.layer].name
                throw KerasError(
                    place, .malformed(expected: "an output that layer \"\(name)\" has", found: "\(output.output)"))
            }
        } catch let error as ShapeError {
            throw KerasError(place, .shape(error))
        } catch let error as KerasError {
            throw error
        } catch {
            preconditionFailure("only these two errors are thrown above: \(error)")
        }
        return Built(model: model, graph: graph, notes: notes)
    }

    /// Makes sure that there may be room for the weights before any is made.
    private func checkWeights(of model: Model) throws(KerasError) {
        var total = 0
        for layer in model.layers {
            for spec in layer.specs {
                var bytes = MemoryLayout<Float>.size
                for extent in spec.shape where bytes >= 0 {
                    let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
                    bytes = overflow ? -1 : product
                }
                let (sum, overflow) = total.addingReportingOverflow(bytes)
                guard bytes >= 0, !overflow else {
                    throw tooMuch(
                        "layer \"\(layer.name)\": weight \"\(spec.name)\" of shape \(spec.shape)", isTotal: false)
                }
                guard bytes <= weights.maxDatasetBytes else {
                    throw tooMuch(
                        "layer \"\(layer.name)\": weight \"\(spec.name)\" of shape \(spec.shape), \(bytes) bytes,",
                        isTotal: false)
                }
                total = sum
                guard total <= weights.maxTotalBytes else {
                    throw tooMuch(
                        "layer \"\(layer.name)\" brings the model's weights to \(total) bytes, which", isTotal: true)
                }
            }
        }
    }

    private func tooMuch(_ found: String, isTotal: Bool) -> KerasError {
        let (name, limit) =
            isTotal ? ("maxTotalBytes", weights.maxTotalBytes) : ("maxDatasetBytes", weights.maxDatasetBytes)
        return KerasError(place, .hdf5(.limit(name: name, limit: limit, found: found)))
    }

    /// Makes sure that a mask reaches every layer to which the file gives one.
    private func checkMasks(of model: Model, _ graph: FlatGraph) throws(KerasError) {
        for (entry, declared) in zip(model.layers, graph.layers)
        where entry.layer.maskUse == .reads && !entry.layer.readsMask && declared.calls.contains(where: \.hasMask) {
            throw KerasError(
                place,
                .notSupported(
                    "layer \"\(entry.name)\" is called with a mask that no layer before it hands on, which is not supported; "
                        + "leave the mask to Embedding and Masking"))
        }
    }

    /// Everything that keeps this architecture from becoming a model, layer by layer.
    func problems(in architecture: Architecture) -> [KerasError] {
        var notes: [String] = []
        do throws(KerasError) {
            let graph = try flatten(architecture)
            let problems = graph.layers.indices.compactMap { index -> KerasError? in
                if case .failure(let error) = layer(index, of: graph, &notes) { return error }
                return nil
            }
            guard problems.isEmpty else { return problems }
            _ = try build(architecture)
            return []
        } catch {
            return [error]
        }
    }

    private func flatten(_ architecture: Architecture) throws(KerasError) -> FlatGraph {
        do throws(FlatGraph.TooManyCalls) {
            return try FlatGraph(architecture, callLimit: limits.calls)
        } catch {
            throw KerasError(
                place, .tooLarge(what: "the number of calls", found: error.count, limit: limits.calls))
        }
    }

    private func layer(
        _ index: Int, of graph: FlatGraph, _ notes: inout [String]
    ) -> Result<ModelLayer, KerasError> {
        let entry = graph.layers[index]
        let declaration = entry.declaration
        if OperationForm.isRead(declaration) { return operation(index, entry) }
        var (className, options) = KerasVersion.current(declaration.className, declaration.config, major: major)
        if className == InputLayer.kerasName, let shape = declaration.config["batch_input_shape"] {
            options["batch_shape"] = shape
        }
        do throws(LayerError) {
            var layer = try modelReading.layer(named: entry.name, className: className, options: options)
            if major < 3, var norm = layer as? BatchNormalization {
                norm.movingVariance = .unbiasedForImages  // tf_keras' fused kernel; no option of the file says so
                layer = norm
            }
            if major < 3, var wrapper = layer as? TimeDistributed {
                wrapper.takesStepsTogether = true
                if var norm = wrapper.layer.value as? BatchNormalization {
                    norm.movingVariance = .unbiasedForImages
                    wrapper.layer.value = norm
                }
                layer = wrapper
            }
            if major < 3, let ruled = layer as? any MaskRuled { layer = Self.ruled(ruled, by: .keras2) }
            if let reading = layer as? any CallArguments {
                guard let known = called(reading, entry.calls) else {
                    let arguments = entry.calls.map { "\(OptionValue.object($0.arguments))" }.joined(separator: ", ")
                    return .failure(
                        KerasError(
                            place,
                            .notSupported(
                                "layer \"\(entry.name)\" is called with \(arguments), which is not supported; expected "
                                    + "use_causal_mask, return_attention_scores and, of several heads, attention_mask, the "
                                    + "same in all calls")))
                }
                layer = known
            }
            for call in entry.calls {
                let isRead = layer is any CallArguments
                let known = Self.withoutOwnArguments(call, layer)
                if let problem = unsupportedArgument(of: known, layer: entry.name, isRead: isRead, &notes) {
                    return .failure(KerasError(place, .notSupported(problem)))
                }
            }
            return .success(
                ModelLayer(
                    name: entry.name, layer: layer, isTrainable: entry.isTrainable,
                    dtype: KerasVersion.dtype(declaration.config["dtype"] ?? declaration.config["input_dtype"])
                        ?? "float32",
                    calls: entry.calls.map { call in
                        let sources = orderedSources(call)
                        return Self.isFlagged(call, layer) ? sources + sources : sources
                    }))
        } catch {
            return .failure(KerasError(place, .layer(index: index, error)))
        }
    }

    /// The layer with the rules for masks of the Keras that wrote the file.
    private static func ruled<Ruled: MaskRuled>(_ layer: Ruled, by rules: MaskRules) -> any Layer {
        var layer = layer
        layer.maskRules = rules
        return layer
    }

    /// An operation that stands among the layers.
    private func operation(_ index: Int, _ entry: FlatGraph.Layer) -> Result<ModelLayer, KerasError> {
        let declaration = entry.declaration
        do throws(LayerError) {
            let form = OperationForm(declaration, in: registry)
            let options = form.options(declaration, entry.calls)
            let layer = try registry.layer(named: entry.name, className: form.className, options: options.first ?? [:])
            let calls = entry.calls.compactMap(form.ordered)
            guard calls.count == entry.calls.count, Set(options).count == 1 else {
                return .failure(
                    KerasError(
                        place,
                        .notSupported(
                            "operation \"\(entry.name)\" is called with tensors for arguments that it has not, or with "
                                + "other numbers each time; expected tensors for \(form.operands.joined(separator: ", "))"
                        )))
            }
            return .success(
                ModelLayer(
                    name: entry.name, layer: layer, isTrainable: entry.isTrainable,
                    dtype: KerasVersion.dtype(declaration.config["dtype"]) ?? "float32",
                    calls: calls.map { $0.map(\.source) }))
        } catch {
            return .failure(KerasError(place, .layer(index: index, error)))
        }
    }

    /// The sources of a call in the order in which the layer takes them.
    private func orderedSources(_ call: Architecture.Call) -> [Source] {
        // Attention layers are called with names: query, value, and perhaps key.
        let order = ["query", "value", "key", "attention_mask"]
        let ranked = call.inputs.enumerated().map { position, input in
            (rank: input.keyword.flatMap { order.firstIndex(of: $0) } ?? position, source: input.source)
        }
        return ranked.sorted { $0.rank < $1.rank }.map(\.source)
    }

    /// The layer for the arguments of its calls, `nil` where they differ or it does not know them.
    private func called<Reading: CallArguments>(_ layer: Reading, _ calls: [Architecture.Call]) -> Reading? {
        let own = calls.map { call in
            var arguments = call.givenArguments
            for name in Self.commonArguments { arguments[name] = nil }
            if call.inputs.contains(where: { $0.keyword == "attention_mask" }) {
                arguments["attention_mask"] = CallArgument.tensor
            }
            return arguments
        }
        guard let first = own.first, own.allSatisfy({ $0 == first }) else { return nil }
        return layer.called(with: first)
    }

    /// The call without the `training` that Keras 3 writes into every call of its image layers, their default, and
    /// without the layer's own flag.
    ///
    /// Its models say otherwise of `training` in prediction.
    private static func withoutOwnArguments(_ call: Architecture.Call, _ layer: any Layer) -> Architecture.Call {
        var known = call
        let isImageLayer =
            layer is any ImageAugmentation || layer is Resizing || layer is CenterCrop || layer is Pipeline
        if isImageLayer { known.arguments["training"] = nil }
        if let flagged = layer as? any FlaggedCalls, call.arguments[type(of: flagged).callFlag]?.bool != nil {
            known.arguments[type(of: flagged).callFlag] = nil
        }
        return known
    }

    /// Whether the layer's own flag is up in this call.
    private static func isFlagged(_ call: Architecture.Call, _ layer: any Layer) -> Bool {
        guard let flagged = layer as? any FlaggedCalls else { return false }
        return call.arguments[type(of: flagged).callFlag]?.bool == true
    }

    /// Arguments of every layer.
    private static let commonArguments = ["training", "name"]

    /// What a call asks for that no layer of ours does.
    private func unsupportedArgument(
        of call: Architecture.Call, layer: String, isRead: Bool, _ notes: inout [String]
    ) -> String? {
        for input in call.inputs {
            guard let keyword = input.keyword else { continue }
            guard
                ["inputs", "sequences", "initial_state", "query", "value", "key", "x", "y", "a", "b"].contains(keyword)
                    || isRead && keyword == "attention_mask"
            else {
                return "layer \"\(layer)\" is called with a tensor for \"\(keyword)\", which is not supported"
            }
        }
        for (name, value) in call.givenArguments.pairs {
            switch (name, value) {
            case ("training", .bool(false)):
                notes.append(
                    "layer \"\(layer)\" is called with training=False; here training treats it as any other layer")
            case ("use_causal_mask", .bool), ("return_attention_scores", .bool):
                guard isRead else {
                    return "layer \"\(layer)\" is called with \"\(name)\" \(value), which is not supported"
                }
            case ("name", _), ("use_causal_mask", .bool(false)), ("return_attention_scores", .bool(false)): break
            default: return "layer \"\(layer)\" is called with \"\(name)\" \(value), which is not supported"
            }
        }
        return nil
    }
}
