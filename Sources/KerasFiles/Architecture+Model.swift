import Networks
import Tensors

extension Architecture {
    /// The architecture of a model that no file declares, or of one that is not what its file declared any more.
    init(describing model: Model) {
        self.init(
            name: model.name, form: model.isChain ? .sequential : .functional,
            layers: model.layers.map { layer in
                Declaration(
                    name: layer.name, className: type(of: layer.layer).kerasName, config: Options(),
                    calls: layer.declaredCalls.map { Self.call(of: layer.layer, $0) })
            }, inputs: model.inputs, outputs: model.outputs)
    }

    /// The architecture's call of this layer with these tensors.
    private static func call(of layer: any Layer, _ sources: [Source]) -> Call {
        var call = Call(sources.map { Input($0) })
        if let flagged = layer as? any FlaggedCalls, sources.count == 2 {
            call = Call([Input(sources[0])])
            call.arguments[type(of: flagged).callFlag] = true
        }
        guard let layer = layer as? any CallArguments else { return call }
        call.arguments = layer.callArguments
        // A tensor that is an argument comes last.
        for (name, value) in call.arguments.pairs where value == CallArgument.tensor {
            call.arguments[name] = nil
            call.inputs[call.inputs.count - 1].keyword = name
        }
        return call
    }

    /// The same with names that Keras 3 takes: `_` for every slash, and a number where that would make two alike.
    ///
    /// - Parameter renamed: gets the old and the new name of each layer that has another one.
    func withoutSlashes(_ renamed: inout [(old: String, new: String)]) -> Architecture {
        var copy = self
        var names = Set(layers.map(\.name))
        for position in layers.indices {
            let old = layers[position].name
            if old.contains("/") {
                let base = old.replacing("/", with: "_")
                var new = base
                var number = 1
                while !names.insert(new).inserted {
                    number += 1
                    new = "\(base)_\(number)"
                }
                copy.layers[position].name = new
                renamed.append((old, new))
            }
            if let inner = layers[position].model?.value {
                copy.layers[position].model = Box(inner.withoutSlashes(&renamed))
            }
        }
        return copy
    }

    /// The declared architecture, if this model still has its layers and its graph; else the model's own.
    static func following(_ declared: Architecture?, of model: Model, callLimit: Int) -> (Architecture, FlatGraph) {
        if let declared, let graph = try? FlatGraph(declared, callLimit: callLimit) {
            let isSame =
                graph.layers.count == model.layers.count && graph.inputs == model.inputs
                && graph.outputs == model.outputs
                && zip(graph.layers, model.layers).allSatisfy { old, new in
                    old.name == new.name
                        && Set(old.calls.map { Set($0.sources) }) == Set(new.declaredCalls.map { Set($0) })
                }
            if isSame { return (declared, graph) }
        }
        let own = Architecture(describing: model)
        guard let graph = try? FlatGraph(own, callLimit: .max) else {
            preconditionFailure("a flat architecture multiplies no calls")
        }
        return (own, graph)
    }
}

extension Model {
    /// Whether the model is what Keras' Sequential can be: one call of each layer, each after the one before.
    fileprivate var isChain: Bool {
        form == .sequential && inputs == [0] && outputs == [Source(layer: layers.count - 1)]
            && layers.indices.dropFirst().allSatisfy { layers[$0].declaredCalls == [[Source(layer: $0 - 1)]] }
    }
}
