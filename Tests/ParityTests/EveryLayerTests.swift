import Network
import Parity
import Runtime
import Tensors
import Testing

/// Whatever layer is wrong, it is the one that is named: checked for every class that files may hold.
@Suite struct EveryLayerTests {
    @Test(arguments: LayerRegistry.keras.classNames.filter { $0 != InputLayer.kerasName })
    func namesTheFaultyLayer(_ className: String) throws {
        let found = try #require(
            EveryLayer.model(of: className), "give EveryLayer the options or the shapes that \(className) needs")
        let clean = try verdict(found.model, found.model)
        #expect(clean.reasons == [])
        let suspect = try #require(found.model.index(of: "suspect"))
        var faulty = found.model
        faulty.layers[suspect].layer = Perturbed(faulty.layers[suspect].layer)
        let verdict = try verdict(faulty, found.model)
        #expect(verdict.exitStatus == 2)
        #expect(verdict.layers?.firstDifference?.key.layer == "suspect")
        #expect(verdict.layers?.rows.filter { !($0.alone?.isEqual ?? true) }.map(\.key.layer) == ["suspect"])
    }

    private func verdict(_ ours: Model, _ theirs: Model) throws -> Verdict {
        var verification = Verification(
            model: "every", ours: SessionSide(Session(ours)), theirs: SessionSide(Session(theirs)),
            inputs: .random(for: theirs, samples: 3, seed: 2))
        verification.layers = LayerInspection(bisects: true)
        return try verification.run()
    }
}

/// A small model around a layer of any class: the first options and inputs that the class takes.
private enum EveryLayer {
    static let options: [Options] = [
        [:], ["units": 3], ["filters": 4, "kernel_size": 2], ["kernel_size": 2], ["rate": 0.5], ["rate": 0],
        ["stddev": 0.1],
        ["target_shape": [-1]], ["size": 2], ["cropping": 1], ["padding": 1], ["n": 2], ["dims": [1]], ["alpha": 0.1],
        ["input_dim": 5, "output_dim": 4], ["axes": 1], ["activation": "tanh"], ["scale": 0.5],
        ["height": 3, "width": 3],
        ["num_heads": 2, "key_dim": 3], ["head_dim": 4, "num_query_heads": 2, "num_key_value_heads": 2],
        ["output_size": 2], ["output_size": [2, 2]], ["output_size": [2, 2, 2]], ["groups": 2],
        ["num_tokens": 5], ["bin_boundaries": [0, 0.5]], ["equation": "ab,bc->ac", "output_shape": [3]],
        ["init_values": 0.5, "projection_dim": 2], ["factor": 0.1], ["height_factor": 0.1],
        ["height_factor": 0.1, "width_factor": 0.1],
        ["cell": ["class_name": "GRUCell", "config": ["units": 3]]],
        ["layer": ["class_name": "Dense", "config": ["units": 3]]],
        ["layer": ["class_name": "LSTM", "config": ["units": 3]]],
    ]
    static let inputs: [[Shape]] = [
        [[8, 6, 2]], [[8, 4]], [[6]], [[5, 6, 4, 2]], [[6], [6]], [[4, 3], [4, 3]], [[4, 3], [4, 3], [4, 3]],
        [[4, 4, 3, 4, 2]],
    ]

    static func model(of className: String) -> (model: Model, inputs: [Shape])? {
        for options in options {
            guard let layer = try? LayerRegistry.keras.layer(named: "suspect", className: className, options: options)
            else { continue }
            for shapes in inputs {
                if let model = try? model(of: layer, shapes) { return (model, shapes) }
            }
        }
        return nil
    }

    private static func model(of layer: any Layer, _ shapes: [Shape]) throws -> Model {
        var layers = shapes.enumerated().map { position, shape in
            ModelLayer(name: "input_\(position)", layer: InputLayer(batchShape: [Shape.unknown] + shape))
        }
        let inputs = Array(layers.indices)
        layers.append(ModelLayer(name: "suspect", layer: layer, calls: [inputs.map { Source(layer: $0) }]))
        let suspect = layers.count - 1
        layers.append(ModelLayer(name: "flat", layer: Flatten(), calls: [[Source(layer: suspect)]]))
        layers.append(ModelLayer(name: "dense", layer: Dense(units: 2), calls: [[Source(layer: suspect + 1)]]))
        var model = Model(
            name: "every", form: .functional, layers: layers, inputs: inputs, outputs: [Source(layer: layers.count - 1)]
        )
        try model.build()
        model.initialize(seed: 4)
        return model
    }
}

/// A layer that computes what another does, but for one element.
private struct Perturbed: Layer {
    static let kerasName = "Perturbed"

    let inner: any Layer

    init(_ inner: any Layer) { self.inner = inner }

    init(from options: inout OptionReader) throws(OptionError) { fatalError("a faulty layer is never read") }

    var options: Options { inner.options }

    func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] { try inner.outputShapes(for: inputs) }

    func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { try inner.weights(for: inputs) }

    func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        var pass = inner.forward(inputs, weights, context)
        let middle = pass.outputs[0].count / 2
        pass.outputs[0][middle] += 1e-2 * max(1, abs(pass.outputs[0][middle]))
        return pass
    }

    func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        inner.backward(dy, pass, weights, context)
    }
}
