import Tensors

/// Why a model is none that can be run, written and read back.
public enum ModelError: Error, Hashable, CustomStringConvertible {
    /// Two layers with one name, or one without.
    case name(String)
    /// A place in the graph that does not exist.
    case source(reader: String, Source)
    /// An input of the model that is no input layer, or stands in the list twice.
    case input(Int)
    case noOutputs
    /// Shapes or weights that do not fit a layer, and graphs with a cycle.
    case shape(ShapeError)
    /// An option that no file may hold.
    case option(OptionError)

    public var description: String {
        switch self {
        case .name(let name):
            name.isEmpty
                ? "a layer has no name; files tell layers apart by their names"
                : "two layers are named \"\(name)\"; files tell layers apart by their names"
        case .source(let reader, let source):
            "\(reader) reads output \(source.output) of call \(source.call) of layer \(source.layer), which does not exist"
        case .input(let index): "input \(index) of the model is not an input layer of its own"
        case .noOutputs: "the model has no outputs"
        case .shape(let error): error.description
        case .option(let error): error.description
        }
    }
}

extension Model {
    /// Makes sure that the model can be run, and that a file of it can be read back: names, graph, shapes, weights and
    /// options.
    ///
    /// Weights may be absent altogether, before ``initialize(seed:)``. Reading a file makes models that hold; a model
    /// that was made or changed by hand may not.
    ///
    /// - Parameter registry: the layers that may stand in options of others.
    /// - Throws: ``ModelError`` for the first thing that does not hold.
    public func validate(registry: LayerRegistry = .keras) throws(ModelError) {
        var names = Set<String>()
        for entry in layers where entry.name.isEmpty || !names.insert(entry.name).inserted {
            throw .name(entry.name)
        }
        var known = Set<Int>()
        for index in inputs {
            guard layers.indices.contains(index), layers[index].calls.isEmpty, known.insert(index).inserted else {
                throw .input(index)
            }
        }
        guard !outputs.isEmpty else { throw .noOutputs }
        for source in outputs where !contains(source) { throw .source(reader: "the model", source) }
        for entry in layers {
            for source in entry.calls.joined() where !contains(source) {
                throw .source(reader: "layer \"\(entry.name)\"", source)
            }
        }
        do throws(ShapeError) {
            try checkUse(of: try shapes())
        } catch {
            throw .shape(error)
        }
        for entry in layers {
            do throws(OptionError) {
                try entry.checkOptions(registry)
            } catch {
                throw .option(error)
            }
        }
    }

    /// Whether a call is there; which outputs it has, its layer's shape rule says.
    private func contains(_ source: Source) -> Bool {
        layers.indices.contains(source.layer) && source.output >= 0
            && (0..<max(1, layers[source.layer].calls.count)).contains(source.call)
    }

    /// Makes sure that the model's outputs are among these, and that each layer has the weights that its calls take.
    ///
    /// - Parameter needsWeights: whether weights may not be absent altogether.
    package func checkUse(of shapes: [Source: Shape], needsWeights: Bool = false) throws(ShapeError) {
        for source in outputs where shapes[source] == nil {
            throw ShapeError(
                layer: "the model",
                expected: "an output that layer \"\(layers[source.layer].name)\" has, not \(source.output)")
        }
        for entry in layers {
            for call in entry.calls {
                let specs = try entry.naming { () throws(ShapeError) in
                    try entry.layer.checkedWeights(for: call.compactMap { shapes[$0] })
                }
                let expected = specs.map(\.shape)
                let found = entry.weights.map(\.shape)
                guard found != expected || entry.specs.map(\.shape) != expected else { continue }
                if found.isEmpty, !needsWeights, entry.specs.map(\.shape) == expected { continue }
                throw ShapeError(
                    layer: "layer \"\(entry.name)\"",
                    expected: specs.isEmpty
                        ? "no weights"
                        : "weights " + specs.map { "\"\($0.name)\" \($0.shape)" }.joined(separator: ", "),
                    found: found)
            }
        }
    }
}

extension ModelLayer {
    /// Makes sure that the options can be read as they would be written.
    fileprivate func checkOptions(_ registry: LayerRegistry) throws(OptionError) {
        let options = layer.options
        // What stands for a model, or for a class of somebody's own, is read by who knows it.
        guard !(layer is NestedModel),
            OptionValue.object(options).layerClasses.allSatisfy({
                registry.type(named: $0) != nil || LayerRegistry.cells.contains($0)
            })
        else { return }
        var reader = OptionReader(options, layer: name)
        reader.registry = registry
        _ = try type(of: layer).init(from: &reader)
        try reader.finish()
    }
}

extension OptionValue {
    /// The classes of all layers and cells in this value.
    fileprivate var layerClasses: [String] {
        switch self {
        case .array(let values): values.flatMap(\.layerClasses)
        case .object(let options):
            (options["module"] == "keras.layers" ? options["class_name"]?.string.map { [$0] } ?? [] : [])
                + options.pairs.flatMap(\.value.layerClasses)
        default: []
        }
    }
}
