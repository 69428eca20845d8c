import Networks
import Tensors
import TestSupport
import Testing

@Suite struct SpectralNormalizationTests {
    @Test func trainingDividesTheKernelByItsLargestSingularValue() {
        let layer = SpectralNormalization(Dense(units: 2, useBias: false), powerIterations: 50)
        var context = Context(mode: .training)
        context.isTrainable = true
        let kernel = Tensor([2, 2], [3, 0, 0, 1])
        let pass = layer.forward([Tensor([1, 2], [1, 1])], [kernel, Tensor([1, 2], [0.6, 0.8])], context)
        let expected: [Float] = [1, 0, 0, 1 / 3]
        #expect(zip(pass.updates[0]?.elements ?? [], expected).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(zip(pass.y.elements, [1, 1 / 3]).allSatisfy { abs($0 - $1) < 1e-5 })
        let predicted = layer.forward([Tensor([1, 2], [1, 1])], [kernel, Tensor([1, 2], [0.6, 0.8])], Context())
        #expect(predicted.y == Tensor([1, 2], [3, 1]))
    }
}
