import Networks
import Tensors
import TestSupport
import Testing

@Suite struct DenseTests {
    @Test func multipliesAndAddsBias() {
        let pass = Dense(units: 1).forward(
            Tensor([1, 2], [3, 4]), [Tensor([2, 1], [10, 100]), Tensor([1], [1])], Context())
        #expect(pass.y == Tensor([1, 1], [431]))
    }

    @Test(arguments: [
        Dense(units: 3), Dense(units: 3, useBias: false), Dense(units: 1, activation: .relu),
        Dense(units: 5, activation: .softmax), Dense(units: 4, activation: .gelu),
        Dense(
            units: 2, activation: .leakyReLU(slope: 0.1),
            kernel: WeightOptions(
                .seeded(.orthogonal(gain: 2), seed: 3), regularizer: .l2(0.01), constraint: .nonNegative),
            activityRegularizer: .l1(0.5)),
    ])
    func passesTheHarness(_ layer: Dense) {
        #expect(LayerCheck(layer, inputs: [2, 4]).problems() == [])
        #expect(LayerCheck(layer, inputs: [1, 1]).problems() == [])
        #expect(LayerCheck(layer, inputs: [2, 3, 5]).problems() == [])
    }

    @Test func refusesAnInputThatIsNoMatrix() {
        let error = #expect(throws: ShapeError.self) { try Dense(units: 10).outputShape(for: [32]) }
        #expect(error?.description == "Dense(10) expects [batch, …, features], found shape [32]")
    }

    @Test func saysWhichOptionIsMissing() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "dense_1", className: "Dense", options: ["activation": "relu", "use_bias": true])
        }
        #expect(error?.description == "layer \"dense_1\": option \"units\" is missing; present: activation, use_bias")
    }

    @Test func readsWhatTfKerasWrites() throws {
        let layer = try LayerRegistry.keras.layer(
            named: "dense", className: "Dense",
            options: [
                "units": 4, "activation": "swish", "use_bias": false,
                "kernel_initializer": ["class_name": "HeNormal", "config": ["seed": nil]], "bias_initializer": "zeros",
                "kernel_regularizer": ["class_name": "L1L2", "config": ["l1": 0.5, "l2": 0.25]],
                "bias_regularizer": nil, "activity_regularizer": nil, "kernel_constraint": nil, "bias_constraint": nil,
            ])
        let dense = try #require(layer as? Dense)
        #expect(dense.units == 4 && dense.activation == .silu && !dense.useBias)
        #expect(
            dense.kernel.initializer == .varianceScaling(scale: 2, mode: .fanIn, distribution: .truncatedNormal))
        #expect(try dense.weights(for: [1, 2])[0].regularizer == .l1l2(l1: 0.5, l2: 0.25))
    }

    @Test func splitsItsActivationOff() throws {
        let split = try #require(Dense(units: 2, activation: .softmax).splittingActivation())
        #expect(split.activation == .softmax)
        #expect((split.layer as? Dense)?.activation == .linear)
        #expect(Dense(units: 2).splittingActivation() == nil)
    }
}
