import Networks
import Tensors
import TestSupport
import Testing

@Suite struct BatchNormalizationTests {
    let layer = BatchNormalization(momentum: 0.9, epsilon: 0)
    let x = Tensor([4, 1], [1, 2, 3, 6])
    let weights = [Tensor([1], [2]), Tensor([1], [10]), Tensor([1], [1]), Tensor([1], [4])]

    @Test func normalizesByTheMovingStatisticsInInference() {
        let pass = layer.forward(x, weights, Context(mode: .inference))
        #expect(pass.y == Tensor([4, 1], [10, 11, 12, 15]))
        #expect(pass.updates.isEmpty)
    }

    @Test func normalizesByTheBatchInTrainingAndFollowsIt() {
        // Mean 3, biased variance 3.5.
        let pass = layer.forward(x, weights, Context(mode: .training))
        let expected = [-2, -1, 0, 3].map { 10 + 2 * Float($0) / Float(3.5).squareRoot() }
        #expect(zip(pass.y.elements, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(pass.updates.keys.sorted() == [2, 3])
        #expect(abs((pass.updates[2]?[0] ?? 0) - 1.2) < 1e-6)
        #expect(abs((pass.updates[3]?[0] ?? 0) - (0.9 * 4 + 0.1 * 3.5)) < 1e-6)
    }

    @Test func followsTheUnbiasedVarianceOfImagesAsTfKeras() {
        var layer = layer
        layer.movingVariance = .unbiasedForImages
        let image = layer.forward(x.reshaped(to: [1, 2, 2, 1]), weights, Context(mode: .training))
        #expect(abs((image.updates[3]?[0] ?? 0) - (0.9 * 4 + 0.1 * 14 / 3)) < 1e-6)
        let matrix = layer.forward(x, weights, Context(mode: .training))
        #expect(abs((matrix.updates[3]?[0] ?? 0) - (0.9 * 4 + 0.1 * 3.5)) < 1e-6)
    }

    @Test func aFrozenLayerKeepsToItsMovingStatistics() {
        var context = Context(mode: .training)
        context.isTrainable = false
        let pass = layer.forward(x, weights, context)
        #expect(pass.y == Tensor([4, 1], [10, 11, 12, 15]))
        #expect(pass.updates.isEmpty)
    }

    @Test(arguments: [
        BatchNormalization(), BatchNormalization(center: false), BatchNormalization(scale: false),
        BatchNormalization(center: false, scale: false), BatchNormalization(axis: 1, momentum: 0.5, epsilon: 0.1),
        BatchNormalization(axis: 3, gamma: WeightOptions(.constant(2), regularizer: .l1(1)), synchronized: true),
    ])
    func passesTheHarness(_ layer: BatchNormalization) {
        #expect(LayerCheck(layer, inputs: [3, 4, 3, 5]).problems() == [])
        #expect(LayerCheck(layer, inputs: [3, 4, 3, 5], mode: .inference).problems() == [])
        #expect(LayerCheck(layer, inputs: [3, 4, 3, 5], isTrainable: false).problems() == [])
    }

    @Test func takesABatchOfVectors() {
        #expect(LayerCheck(BatchNormalization(), inputs: [7, 3]).problems() == [])
    }

    @Test func namesItsWeightsAsKerasOrdersThem() throws {
        let specs = try BatchNormalization().weights(for: [-1, 2, 2, 3])
        #expect(specs.map(\.name) == ["gamma", "beta", "moving_mean", "moving_variance"])
        #expect(specs.map(\.isTrainable) == [true, true, false, false])
        #expect(
            try BatchNormalization(scale: false).weights(for: [-1, 3]).map(\.name) == [
                "beta", "moving_mean", "moving_variance",
            ])
    }

    @Test func readsAnAxisInAList() throws {
        let layer = try LayerRegistry.keras.layer(named: "bn", className: "BatchNormalization", options: ["axis": [3]])
        #expect((layer as? BatchNormalization)?.axis == 3)
    }

    @Test func refusesRenormalization() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "bn", className: "BatchNormalization", options: ["renorm": true])
        }
        #expect(
            error?.description
                == "layer \"bn\": option \"renorm\" has value true, which is not supported; expected null or false")
    }
}
