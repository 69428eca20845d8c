import Networks
import Tensors
import Testing

@Suite struct NestedModelTests {
    /// Two ways that meet, a layer called twice, moving statistics.
    private static func model() throws -> Model {
        let branches = Model(
            name: "inner", form: .functional,
            layers: [
                ModelLayer(name: "in", layer: InputLayer(batchShape: [Shape.unknown, 3])),
                ModelLayer(
                    name: "twice", layer: Dense(units: 3, activation: .tanh),
                    calls: [[Source(layer: 0)], [Source(layer: 1)]]),
                ModelLayer(name: "norm", layer: BatchNormalization(), calls: [[Source(layer: 1, call: 1)]]),
                ModelLayer(name: "sum", layer: Add(), calls: [[Source(layer: 2), Source(layer: 0)]]),
                ModelLayer(name: "last", layer: Dense(units: 2), calls: [[Source(layer: 3)]]),
            ], inputs: [0], outputs: [Source(layer: 4)])
        var built = branches
        try built.build()
        return built
    }

    @Test func passesTheHarnessInAWrapperAndAlone() throws {
        let nested = NestedModel(try Self.model())
        for layerCase in [LayerCase(nested, [4, 3]), LayerCase(TimeDistributed(nested), [4, 3, 3])] {
            // Files' options are read by who reads files.
            let problems = layerCase.check(mode: .training).problems()
                .filter { !$0.hasPrefix("cannot read its own options") }
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    @Test func namesItsWeightsAsFilesDoWithThoseThatAreTrainedFirst() throws {
        let nested = NestedModel(try Self.model())
        let names = try TimeDistributed(nested).weights(for: [[2, 3, 3]]).map(\.name)
        let places = ["dense/kernel", "dense/bias", "batch_normalization/gamma", "batch_normalization/beta"]
        let rest = ["dense_1/kernel", "dense_1/bias", "batch_normalization/moving_mean"]
        #expect(names.dropLast() == (places + rest).map { "layer/layers/" + $0 }[...])
        #expect(names.last == "layer/layers/batch_normalization/moving_variance")
    }

    @Test func saysWhatItTakes() throws {
        let nested = NestedModel(try Self.model())
        let error = #expect(throws: ShapeError.self) { try nested.outputShapes(for: [[2, 5]]) }
        #expect(error?.description == "model \"inner\" expects [?, 3], found shape [2, 5]")
    }
}
