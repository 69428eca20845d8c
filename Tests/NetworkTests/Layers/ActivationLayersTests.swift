import Networks
import Tensors
import TestSupport
import Testing

/// The layers that do nothing but apply a function: ReLU, LeakyReLU, ELU, Softmax.
@Suite struct ActivationLayersTests {
    @Test(
        arguments: [
            (ReLU(), [0, 0, 0.5, 8]), (ReLU(maxValue: 6), [0, 0, 0.5, 6]),
            (ReLU(negativeSlope: 0.5), [-2, -0.5, 0.5, 8]),
            (ReLU(maxValue: 5, negativeSlope: 0.5, threshold: 1), [-2.5, -1, -0.25, 5]),
            (ReLU(threshold: 1), [0, 0, 0, 8]),
        ] as [(ReLU, [Float])])
    func reluFollowsItsOptions(_ layer: ReLU, _ expected: [Float]) {
        let y = layer.forward(Tensor([1, 4], [-4, -1, 0.5, 8]), [], Context()).y
        #expect(y == Tensor([1, 4], expected))
    }

    static let layers: [any Layer] = [
        ReLU(), ReLU(maxValue: 6), ReLU(maxValue: 1, negativeSlope: 0.25, threshold: 0.5), LeakyReLU(),
        LeakyReLU(negativeSlope: 0), ELU(), ELU(alpha: 0.5), Softmax(), Softmax(axis: 1), Softmax(axis: 2),
    ]

    @Test(arguments: layers.indices)
    func passesTheHarness(_ index: Int) {
        #expect(LayerCheck(Self.layers[index], inputs: [2, 3, 4]).problems() == [])
    }

    @Test func leakyReLUReadsBothSpellings() throws {
        for (name, value) in [("alpha", 0.125), ("negative_slope", 0.25)] {
            let layer = try LayerRegistry.keras.layer(
                named: "l", className: "LeakyReLU", options: Options([(name, .double(value))]))
            #expect((layer as? LeakyReLU)?.negativeSlope == value)
        }
        #expect(LeakyReLU().negativeSlope == 0.3)
    }

    @Test func softmaxRefusesAnAxisThatIsNotThere() {
        let error = #expect(throws: ShapeError.self) { try Softmax(axis: 3).outputShape(for: [1, 4]) }
        #expect(error?.description == "Softmax expects an input with an axis 3, found shape [1, 4]")
    }

    @Test func splitsOffToNothing() throws {
        let split = try #require(Softmax().splittingActivation())
        #expect(split.activation == .softmax)
        #expect((split.layer as? ActivationLayer)?.activation == .linear)
    }
}
