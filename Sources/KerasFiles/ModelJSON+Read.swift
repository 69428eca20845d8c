import HDF5
import Networks
import Tensors

/// Reads the architecture JSON of every Keras version.
///
/// The text is `{"class_name": …, "config": …}`, in Keras 3 and tf_keras' `.keras` with `module` and more beside them.
/// - Sequential: `config` is a list of layers (Keras 1, 2.0), or an object with `layers`; the input's shape stands in an
///   `InputLayer` or as `batch_input_shape` in the first layer.
/// - Functional (`Model` before TensorFlow 2.3): `config` has `layers`, `input_layers`, `output_layers`. A layer's
///   `inbound_nodes` are its calls: lists `[layer, call, output, arguments]`, or from Keras 3 on objects with `args` and
///   `kwargs` in which `keras_history` names the same three. Among the layers stand operations (``OperationForm``).
struct ArchitectureReader {
    let place: Place
    var limits = ArchitectureLimits()
    private var layerCount = 0
    private var callCount = 0

    init(at place: Place, limits: ArchitectureLimits = ArchitectureLimits()) {
        self.place = place
        self.limits = limits
    }

    /// The architecture that this JSON declares.
    mutating func read(_ value: OptionValue) throws(KerasError) -> Architecture {
        guard let object = value.object else { throw malformed("an object with \"class_name\" and \"config\"", value) }
        return try model(object, depth: 0)
    }

    private mutating func model(_ object: Options, depth: Int) throws(KerasError) -> Architecture {
        guard depth < limits.depth else { throw tooLarge("the depth of models inside models", depth + 1, limits.depth) }
        guard let className = object["class_name"]?.string else {
            throw malformed("\"class_name\" with a string", object["class_name"] ?? .object(object))
        }
        guard let config = object["config"] else {
            throw malformed("\"config\" beside \"class_name\"", .object(object))
        }
        switch className {
        case "Sequential": return try sequential(object, config, depth: depth)
        case "Functional", "Model": return try functional(config, depth: depth)
        default:
            throw fault(
                .notSupported(
                    "the model has class \"\(className)\", which is not supported; supported: Functional, Sequential"))
        }
    }

    // MARK: Sequential

    private mutating func sequential(
        _ object: Options, _ config: OptionValue, depth: Int
    ) throws(KerasError) -> Architecture {
        let options = config.object ?? Options()
        guard let list = config.array ?? options["layers"]?.array else {
            throw malformed("a list of layers in a Sequential's \"config\"", config)
        }
        var layers: [Architecture.Declaration] = []
        for value in list { layers.append(try declaration(value, depth: depth)) }
        guard let first = layers.first else { throw malformed("a Sequential with layers", config) }
        if first.className != "InputLayer" {
            layers.insert(try impliedInput(of: first, object, options), at: 0)
        }
        for index in layers.indices.dropFirst() {
            guard layers[index].className != "InputLayer" else {
                throw malformed("an InputLayer only as a Sequential's first layer", .string(layers[index].name))
            }
            layers[index].calls = [Architecture.Call([Architecture.Input(Source(layer: index - 1))])]
        }
        try checkNames(layers)
        return Architecture(
            name: options["name"]?.string ?? "sequential", form: .sequential,
            isTrainable: options["trainable"]?.bool ?? true, layers: layers, inputs: [0],
            outputs: [Source(layer: layers.count - 1)])
    }

    /// The input layer that older Keras leaves unsaid: its shape stands in the first layer, or beside the layers.
    private func impliedInput(
        of first: Architecture.Declaration, _ object: Options, _ options: Options
    ) throws(KerasError) -> Architecture.Declaration {
        var shape = KerasVersion.inputShape(in: first.config, of: first.className)
        if let inner = first.model?.value, inner.inputs.count == 1 {
            let input = inner.layers[inner.inputs[0]].config
            shape = input["batch_shape"] ?? input["batch_input_shape"] ?? shape
        }
        if shape == nil, let built = options["build_input_shape"] ?? object["build_config"]?.object?["input_shape"],
            !built.isNull
        {
            shape = built
        }
        guard let shape else {
            throw malformed("an input shape in the first layer", .object(first.config))
        }
        var config: Options = ["batch_shape": shape, "name": .string(first.name + "_input")]
        config["dtype"] =
            first.className == "Embedding" ? "int32" : first.config["input_dtype"] ?? first.config["dtype"]
        return Architecture.Declaration(name: first.name + "_input", className: "InputLayer", config: config)
    }

    // MARK: Functional

    private mutating func functional(_ config: OptionValue, depth: Int) throws(KerasError) -> Architecture {
        guard let options = config.object, let list = options["layers"]?.array else {
            throw malformed("a list of layers in a Functional's \"config\"", config)
        }
        var layers: [Architecture.Declaration] = []
        var nodes: [[OptionValue]] = []
        for value in list {
            layers.append(try declaration(value, depth: depth))
            let own = value.object?["inbound_nodes"] ?? []
            guard let own = own.array else { throw malformed("a list of \"inbound_nodes\"", own) }
            nodes.append(own)
        }
        try checkNames(layers)
        var index: [String: Int] = [:]
        for (position, layer) in layers.enumerated() { index[layer.name] = position }
        // Keras 3 numbers the calls of a model inside the model from 0; before, a hidden call had that number.
        let isKeras3 = nodes.joined().contains { $0.object != nil }
        if isKeras3 {
            for position in layers.indices where OperationForm.isOperation(layers[position]) {
                layers[position].className = OperationForm.name(ofKeras3: layers[position].className)
            }
        }
        var graph = GraphReader(reader: self, layers: layers, index: index, isKeras3: isKeras3)
        for position in layers.indices {
            for node in nodes[position] {
                callCount += 1
                guard callCount <= limits.calls else { throw tooLarge("the number of calls", callCount, limits.calls) }
                layers[position].calls.append(try graph.call(node))
            }
        }
        graph.layers = layers
        let inputs = try graph.ends(options["input_layers"] ?? nil, isOutput: false).map(\.layer)
        let outputs = try graph.ends(options["output_layers"] ?? nil, isOutput: true)
        for input in inputs where layers[input].className != "InputLayer" {
            throw malformed("an InputLayer as the model's input", .string(layers[input].name))
        }
        guard Set(inputs).count == inputs.count else {
            throw malformed("every input once", options["input_layers"] ?? nil)
        }
        let declared = Architecture(
            name: options["name"]?.string ?? "model", form: .functional,
            isTrainable: options["trainable"]?.bool ?? true, layers: layers, inputs: inputs, outputs: outputs)
        let architecture = isKeras3 ? MaskOperations(of: declared).removed() : declared
        try checkGraph(architecture)
        return architecture
    }

    private mutating func declaration(_ value: OptionValue, depth: Int) throws(KerasError) -> Architecture.Declaration {
        layerCount += 1
        guard layerCount <= limits.layers else { throw tooLarge("the number of layers", layerCount, limits.layers) }
        guard let object = value.object, let className = object["class_name"]?.string else {
            throw malformed("a layer with \"class_name\" and \"config\"", value)
        }
        let isModel = ["Sequential", "Functional", "Model"].contains(className)
        let inner = isModel ? try model(object, depth: depth + 1) : nil
        let config = object["config"]?.object ?? Options()
        guard object["config"]?.object != nil || isModel else {
            throw malformed("an object as the \"config\" of a \(className)", object["config"] ?? nil)
        }
        guard let name = object["name"]?.string ?? config["name"]?.string ?? inner?.name else {
            throw malformed("a \"name\" for a \(className)", value)
        }
        return Architecture.Declaration(
            name: name, className: className, module: object["module"]?.string, config: config, model: inner)
    }

    // MARK: Checks

    private func checkNames(_ layers: [Architecture.Declaration]) throws(KerasError) {
        var names = Set<String>()
        for layer in layers {
            guard KerasFile.isSafeName(layer.name) else { throw fault(.unsafeName(layer.name)) }
            guard names.insert(layer.name).inserted else {
                throw malformed("a different name for every layer", .string(layer.name))
            }
        }
    }

    /// Every source exists, and no call waits for itself.
    private func checkGraph(_ model: Architecture) throws(KerasError) {
        struct Call: Hashable {
            var layer: Int
            var call: Int
        }
        for (position, declaration) in model.layers.enumerated() {
            guard (declaration.className == "InputLayer") == declaration.calls.isEmpty else {
                throw malformed("a call of every layer but the inputs", .string(declaration.name))
            }
            guard !declaration.calls.isEmpty || model.inputs.contains(position) else {
                throw malformed("every InputLayer among the model's inputs", .string(declaration.name))
            }
            for call in declaration.calls {
                if let inner = declaration.model?.value, inner.inputs.count != call.inputs.count {
                    throw malformed(
                        "\(inner.inputs.count) inputs for the model \"\(declaration.name)\"", .int(call.inputs.count))
                }
                for source in call.sources { try checkOutput(of: source, in: model) }
            }
        }
        for source in model.outputs { try checkOutput(of: source, in: model) }
        var waiting: [Call: Int] = [:]
        var users: [Call: [Call]] = [:]
        var ready: [Call] = []
        for (layer, declaration) in model.layers.enumerated() {
            if declaration.calls.isEmpty { ready.append(Call(layer: layer, call: 0)) }
            for (call, sources) in declaration.calls.enumerated() {
                let this = Call(layer: layer, call: call)
                waiting[this] = sources.inputs.count
                if sources.inputs.isEmpty { ready.append(this) }
                for source in sources.sources {
                    users[Call(layer: source.layer, call: source.call), default: []].append(this)
                }
            }
        }
        var done = Set<Call>()
        while let call = ready.popLast() {
            done.insert(call)
            for user in users[call] ?? [] {
                waiting[user, default: 0] -= 1
                if waiting[user] == 0 { ready.append(user) }
            }
        }
        if let stuck = waiting.keys.filter({ !done.contains($0) }).map(\.layer).min() {
            throw malformed("a graph in which every layer can be computed", .string(model.layers[stuck].name))
        }
    }

    private func checkOutput(of source: Source, in model: Architecture) throws(KerasError) {
        guard let inner = model.layers[source.layer].model?.value, source.output >= inner.outputs.count else { return }
        throw malformed(
            "an output that the model \"\(model.layers[source.layer].name)\" has", .int(source.output))
    }

    fileprivate func malformed(_ expected: String, _ found: OptionValue) -> KerasError {
        let text = found.description
        return fault(.malformed(expected: expected, found: text.count > 80 ? text.prefix(80) + "…" : text))
    }

    fileprivate func fault(_ problem: KerasError.Problem) -> KerasError { KerasError(place, problem) }

    private func tooLarge(_ what: String, _ found: Int, _ limit: Int) -> KerasError {
        fault(.tooLarge(what: what, found: found, limit: limit))
    }
}

/// Reads the nodes of one functional model.
private struct GraphReader {
    let reader: ArchitectureReader
    var layers: [Architecture.Declaration]
    let index: [String: Int]
    let isKeras3: Bool

    /// One call: where its inputs come from, and its other arguments.
    func call(_ node: OptionValue) throws(KerasError) -> Architecture.Call {
        var call = Architecture.Call([])
        if let object = node.object {
            guard let positional = object["args"]?.array else { throw reader.malformed("a node with \"args\"", node) }
            for (position, value) in positional.enumerated() {
                try add(value, keyword: nil, name: "args[\(position)]", to: &call)
            }
            for (name, value) in object["kwargs"]?.object?.pairs ?? [] {
                try add(value, keyword: name, name: name, to: &call)
            }
            return call
        }
        guard let list = node.array else { throw reader.malformed("a node", node) }
        // One input that is no list in Python stands here without the list around it.
        let entries = list.first?.string != nil ? [node] : list
        for (position, entry) in entries.enumerated() {
            if let parts = entry.array, parts.count > 2, parts[0].string == OperationForm.constantMark {
                call.arguments["args[\(position)]"] = parts[2]
            } else {
                call.inputs.append(Architecture.Input(try source(entry, nestedOffset: 1)))
            }
            guard let parts = entry.array, parts.count > 3 else { continue }
            for (name, value) in parts[3].object?.pairs ?? [] {
                if let parts = value.array, parts.count >= 3, parts[0].string != nil, parts[1].int != nil {
                    call.inputs.append(Architecture.Input(try source(value, nestedOffset: 1), keyword: name))
                } else if !value.isNull {
                    call.arguments[name] = value
                }
            }
        }
        return call
    }

    private func add(
        _ value: OptionValue, keyword: String?, name: String, to call: inout Architecture.Call
    ) throws(KerasError) {
        if let tensors = try tensors(value) {
            call.inputs += tensors.map { Architecture.Input($0, keyword: keyword) }
        } else if keyword != nil || !value.isNull {
            call.arguments[name] = value
        }
    }

    /// The tensors that a Keras 3 argument names, or `nil` where it is a constant.
    private func tensors(_ value: OptionValue) throws(KerasError) -> [Source]? {
        if let list = value.array, !list.isEmpty {
            var sources: [Source] = []
            for element in list {
                guard let one = try tensors(element) else { return nil }
                sources += one
            }
            return sources
        }
        guard let object = value.object, object["class_name"]?.string == "__keras_tensor__" else { return nil }
        guard let history = object["config"]?.object?["keras_history"] else {
            throw reader.malformed("a tensor with \"keras_history\"", value)
        }
        return [try source(history, nestedOffset: 0)]
    }

    /// `[layer, call, output]`.
    private func source(_ value: OptionValue, nestedOffset: Int) throws(KerasError) -> Source {
        guard let parts = value.array, parts.count >= 3, let name = parts[0].string, let call = parts[1].int,
            let output = parts[2].int, (0...reader.limits.calls).contains(call),
            (0...reader.limits.calls).contains(output)
        else { throw reader.malformed("[layer, call, output]", value) }
        guard let layer = index[name] else {
            throw reader.malformed("the name of a layer of this model", .string(name))
        }
        // A file written by hand may count as Keras 3 does where its form is the older one.
        let isOffset = layers[layer].model != nil && call >= nestedOffset
        return Source(layer: layer, call: isOffset ? call - nestedOffset : call, output: output)
    }

    /// The model's inputs or outputs: one triple, a list of them, or an object of them by name.
    func ends(_ value: OptionValue, isOutput: Bool) throws(KerasError) -> [Source] {
        let triples: [OptionValue]
        if let object = value.object {
            triples = object.pairs.map(\.value)
        } else if let list = value.array {
            triples = list.first?.string != nil ? [value] : list
        } else {
            throw reader.malformed("\"input_layers\" and \"output_layers\"", value)
        }
        var sources: [Source] = []
        for triple in triples {
            // Here Keras 3 too counts the hidden call, of a Functional but not of a Sequential.
            let name = triple.array?.first?.string
            let form = name.flatMap { index[$0] }.flatMap { layers[$0].model?.value.form }
            let source = try source(triple, nestedOffset: isKeras3 && form == .sequential ? 0 : 1)
            let declaration = layers[source.layer]
            let callCount = declaration.className == "InputLayer" ? 1 : declaration.calls.count
            guard (0..<callCount).contains(source.call) else {
                throw reader.malformed("a call that the layer has", triple)
            }
            sources.append(source)
        }
        guard !sources.isEmpty else { throw reader.malformed("at least one input and one output", value) }
        return sources
    }
}
