import Networks

extension LayerCase {
    static let activations: [LayerCase] =
        Activation.named.flatMap { name, activation in
            let isInKeras = !["gelu_approximate", "hard_sigmoid_keras2"].contains(name)
            return [
                LayerCase(ActivationLayer(activation), [2, 7], isInKeras: isInKeras),
                LayerCase(ActivationLayer(activation), [1, 2, 3, 31], isInKeras: isInKeras),
            ]
        } + [
            LayerCase(ELU(), [2, 5]), LayerCase(ELU(alpha: 0.5), [2, 3, 4]), LayerCase(LeakyReLU(), [2, 5]),
            LayerCase(LeakyReLU(negativeSlope: 0), [2, 5]), LayerCase(ReLU(), [2, 5]),
            LayerCase(ReLU(maxValue: 1), [2, 5]),
            LayerCase(ReLU(maxValue: 6), [2, 5]), LayerCase(ReLU(negativeSlope: 0.25), [2, 5]),
            LayerCase(ReLU(threshold: 0.5), [2, 3, 3, 1]),
            LayerCase(ReLU(maxValue: 1.5, negativeSlope: 0.25, threshold: 0.5), [3, 4, 5]),
            LayerCase(ActivationLayer(.glu(axis: -1)), [2, 3, 4]),
            LayerCase(ThresholdedReLU(theta: 0.5), [2, 3, 4], isInKeras: false),
            LayerCase(Softmax(), [3, 1]),
            LayerCase(Softmax(axis: 1), [2, 3, 4, 5]), LayerCase(Softmax(axis: -2), [2, 3, 4]),
        ]
}
