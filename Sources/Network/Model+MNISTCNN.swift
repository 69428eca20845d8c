extension Model {
    /// The classic digit network of Keras' examples: two convolutions, a pool, two dense layers; 1,199,882 parameters.
    ///
    /// It takes `[samples, 28, 28, 1]` with pixels from 0 to 1 and gives ten probabilities. Its recipe is Adadelta at
    /// learning rate 1.0, categorical cross-entropy, batches of 128, 12 epochs.
    ///
    /// - Parameter seed: where the initializers (`glorot_uniform`) draw from.
    public static func mnistCNN(seed: UInt64 = 0) -> Model {
        do {
            return try sequential(
                name: "mnist_cnn", inputShape: [28, 28, 1],
                [
                    ("conv2d", Conv2D(filters: 32, kernelSize: [3, 3], activation: .relu)),
                    ("conv2d_1", Conv2D(filters: 64, kernelSize: [3, 3], activation: .relu)),
                    ("max_pooling2d", MaxPooling2D(poolSize: [2, 2])),
                    ("dropout", Dropout(rate: 0.25)),
                    ("flatten", Flatten()),
                    ("dense", Dense(units: 128, activation: .relu)),
                    ("dropout_1", Dropout(rate: 0.5)),
                    ("dense_1", Dense(units: 10, activation: .softmax)),
                ], seed: seed)
        } catch {
            preconditionFailure("these layers fit each other: \(error)")
        }
    }
}
