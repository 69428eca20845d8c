import Networks

/// An architecture with its models inside models taken apart: one graph of layers, as ``Model`` holds it.
///
/// A layer of an inner model is called `outer/inner`. Where the inner model is called several times, each of its layers
/// has that many times its calls; weights stay shared. The architecture is one that ``ArchitectureReader`` has checked.
struct FlatGraph {
    struct Layer {
        var name: String
        var declaration: Architecture.Declaration
        /// False where the layer or a model around it is frozen.
        var isTrainable: Bool
        var calls: [Architecture.Call]
    }

    /// A layer's position in the tree of models: its index in each model from the outermost on.
    typealias Path = [Int]

    private(set) var layers: [Layer] = []
    private(set) var inputs: [Int] = []
    private(set) var outputs: [Source] = []
    /// Where each layer of the tree stands in ``layers``; input layers of inner models stand nowhere.
    private(set) var index: [Path: Int] = [:]
    private let root: Architecture

    /// - Throws: the number of calls, where models inside models multiply it beyond the limit.
    init(_ model: Architecture, callLimit: Int) throws(TooManyCalls) {
        root = model
        var callCount = 0
        try place(model, at: [], prefix: "", isTrainable: model.isTrainable, instances: 1, &callCount, callLimit)
        let resolver = Resolver(root: model, index: index)
        for path in index.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let flat = index[path] else { continue }
            let (parent, instances) = resolver.parent(of: path)
            let declaration = layers[flat].declaration
            for instance in 0..<instances {
                for call in declaration.calls {
                    var call = call
                    for input in call.inputs.indices {
                        call.inputs[input].source = resolver.resolve(call.inputs[input].source, in: parent, instance)
                    }
                    layers[flat].calls.append(call)
                }
            }
        }
        inputs = model.inputs.compactMap { index[[$0]] }
        outputs = model.outputs.map { resolver.resolve($0, in: [], 0) }
    }

    struct TooManyCalls: Error { var count: Int }

    /// The flat source of one in the model at `path`, at that model's first call.
    func source(_ source: Source, in path: Path) -> Source? {
        Resolver(root: root, index: index).resolve(source, in: path, 0)
    }

    private mutating func place(
        _ model: Architecture, at path: Path, prefix: String, isTrainable: Bool, instances: Int,
        _ callCount: inout Int, _ callLimit: Int
    ) throws(TooManyCalls) {
        for (position, declaration) in model.layers.enumerated() {
            let here = path + [position]
            let isTrainable = isTrainable && declaration.isTrainable
            if let inner = declaration.model?.value {
                let (product, overflow) = instances.multipliedReportingOverflow(by: declaration.calls.count)
                guard !overflow, product <= callLimit else { throw TooManyCalls(count: callLimit) }
                try place(
                    inner, at: here, prefix: prefix + declaration.name + "/",
                    isTrainable: isTrainable && inner.isTrainable, instances: product, &callCount, callLimit)
            } else if declaration.className != "InputLayer" || path.isEmpty {
                callCount += max(1, declaration.calls.count) * instances
                guard callCount <= callLimit else { throw TooManyCalls(count: callCount) }
                index[here] = layers.count
                layers.append(
                    Layer(
                        name: prefix + declaration.name, declaration: declaration, isTrainable: isTrainable, calls: []))
            }
        }
    }
}

/// Finds the layer call behind a source, through the borders of models inside models.
private struct Resolver {
    let root: Architecture
    let index: [FlatGraph.Path: Int]

    /// The model around a layer, and how often that model is called.
    func parent(of path: FlatGraph.Path) -> (path: FlatGraph.Path, instances: Int) {
        var instances = 1
        var model = root
        for position in path.dropLast() {
            instances *= model.layers[position].calls.count
            guard let inner = model.layers[position].model?.value else { break }
            model = inner
        }
        return (path.dropLast(), instances)
    }

    private func model(at path: FlatGraph.Path) -> Architecture {
        var model = root
        for position in path {
            guard let inner = model.layers[position].model?.value else { break }
            model = inner
        }
        return model
    }

    /// The source in the flat graph for one in the model at `path`, seen from that model's call `instance`.
    func resolve(_ source: Source, in path: FlatGraph.Path, _ instance: Int) -> Source {
        var (source, path, instance) = (source, path, instance)
        // Goes out through an inner model's inputs and in through its outputs, until it meets a layer.
        while true {
            let model = model(at: path)
            let declaration = model.layers[source.layer]
            if let inner = declaration.model?.value {
                path += [source.layer]
                instance = instance * declaration.calls.count + source.call
                source = inner.outputs[source.output]
            } else if declaration.className == "InputLayer", let outer = path.last {
                let parent = self.model(at: path.dropLast())
                let calls = parent.layers[outer].calls
                let call = calls[instance % calls.count]
                let position = model.inputs.firstIndex(of: source.layer) ?? 0
                path = path.dropLast()
                instance /= calls.count
                source = call.inputs[position].source
            } else {
                let calls = max(1, declaration.calls.count)
                let flat = index[path + [source.layer]] ?? 0
                return Source(layer: flat, call: instance * calls + source.call, output: source.output)
            }
        }
    }
}

extension Architecture.Declaration {
    /// Keras' `trainable` of the layer.
    var isTrainable: Bool { config["trainable"]?.bool ?? true }
}
