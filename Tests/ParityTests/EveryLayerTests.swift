import Networks
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
