import Networks
import Tensors
import TestSupport
import Testing

@Suite struct NormalizationTests {
    @Test func usesTheStatisticsOfAFile() {
        let weights = [Tensor([2], [1, 2]), Tensor([2], [4, 0]), Tensor([], [0])]
        let x = Tensor([1, 2], [5, 2])
        #expect(Normalization().forward(x, weights, Context()).y == Tensor([1, 2], [2, 0]))
        #expect(Normalization(invert: true).forward(x, weights, Context()).y.elements[0] == 11)
    }

    @Test func asksForWeightsUnlessTheyAreOptions() throws {
        #expect(try Normalization().weights(for: [-1, 8, 3]).map(\.shape) == [[3], [3], []])
        #expect(try Normalization(axes: [2, 1]).weights(for: [-1, 8, 3]).map(\.shape) == [[8, 3], [8, 3], []])
        #expect(try Normalization(mean: [0], variance: [1]).weights(for: [-1, 8, 3]).isEmpty)
    }

    @Test func passesTheHarnessWithWeights() {
        #expect(LayerCheck(Normalization(axes: [1, -1]), inputs: [2, 3, 4, 2]).problems() == [])
    }

    @Test func refusesAMeanWithoutVariance() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "n", className: "Normalization", options: ["axis": [-1], "mean": 1.0, "variance": nil])
        }
        #expect(error?.description == "layer \"n\": option \"variance\" is missing; present: axis, mean, variance")
    }
}
