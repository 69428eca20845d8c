import Networks
import Tensors

extension LayerCase {
    /// Layers one after another in one.
    static let pipelines: [LayerCase] = [
        LayerCase(Pipeline([Dense(units: 3), BatchNormalization(), Dense(units: 2, activation: .tanh)]), [4, 5]),
        LayerCase(Pipeline([Rescaling(scale: [0.5]), RandomFlip()]), [3, 4, 3, 2], isRandom: true),
        LayerCase(
            Pipeline([
                Conv2D(filters: 2, kernelSize: [2, 3], activityRegularizer: .l2(0.1)), MaxPooling2D(), Flatten(),
                LayerNormalization(),
            ]), [2, 5, 6, 3]),
        LayerCase(Pipeline([Pipeline([Dense(units: 2)]), Dense(units: 1)]), [2, 3]),
        LayerCase(
            Pipeline([RandomRotation(factor: RandomRange(0.1, 0.2)), Dropout(rate: 0.4)]), [2, 4, 4, 1], isRandom: true),
        LayerCase(
            Pipeline([CategoryEncoding(numTokens: 4, mode: .count)]), [3, 4], range: 0...3.99, takesIndices: true),
    ]
}
