import Networks
import Parity
import Tensors
import TestSupport
import Testing

@Suite struct EmbeddingTests {
    let layer = Embedding(inputDim: 3, outputDim: 2)
    let indices = Tensor([2, 3], [0, 2, 2, 1, 0, 2])
    let table = Tensor([3, 2], [0, 1, 10, 11, 20, 21])

    @Test func looksRowsUp() {
        let y = layer.forward(indices, [table], Context()).y
        #expect(y == Tensor([2, 3, 2], [0, 1, 20, 21, 20, 21, 10, 11, 0, 1, 20, 21]))
    }

    @Test func sumsTheGradientsOfARow() {
        let pass = layer.forward(indices, [table], Context())
        let gradients = layer.backward(Tensor([2, 3, 2], repeating: 1), pass, [table], Context())
        #expect(gradients.weights[0] == Tensor([3, 2], [2, 2, 1, 1, 3, 3]))
    }

    @Test func passesTheHarness() throws {
        var check = LayerCheck(layer, inputs: [indices])
        check.hasInputGradients = false
        #expect(check.problems() == [])
        #expect(check.problems(against: try check.golden(from: try LiveKeras.of(.keras3))) == [])
    }

    @Test(arguments: [3, -1, .nan, 1e30] as [Float])
    func givesNaNForANumberThatNamesNoRow(_ index: Float) {
        #expect(layer.forward(Tensor([1], [index]), [table], Context()).y.elements.allSatisfy { $0.isNaN })
    }

    @Test func masksZerosWhereAskedTo() {
        let layer = Embedding(inputDim: 3, outputDim: 1, maskZero: true)
        let pass = layer.forward([Tensor([1, 3], [2, 0, 1])], [Tensor([3, 1], [5, 6, 7])], Context())
        #expect(pass.outputs == [Tensor([1, 3, 1], [7, 5, 6]), Tensor([1, 3], [1, 0, 1])])
    }
}
