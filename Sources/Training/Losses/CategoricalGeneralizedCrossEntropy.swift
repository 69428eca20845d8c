import Networks
import Tensors

/// Between the cross-entropy and the absolute error, for noisy labels (Zhang and Sabuncu, 2018):
/// `keras.losses.CategoricalGeneralizedCrossEntropy`.
///
///     loss = (1 − y[t]^q) / q
///
/// Outputs have shape `[batch, …, classes]`, targets are numbers of classes of shape `[batch, …]`.
public struct CategoricalGeneralizedCrossEntropy: Loss {
    public static let kerasName = "CategoricalGeneralizedCrossEntropy"
    public static let functionName = "categorical_generalized_cross_entropy"

    public var settings = LossSettings()
    /// Near 0 it is the cross-entropy, near 1 the absolute error.
    public var q: Double

    public init(q: Double = 0.5) { self.q = q }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        q =
            try options.optional("q", "a number between 0 and 1") { value in
                value.double.flatMap { $0 > 0 && $0 < 1 ? $0 : nil }
            } ?? 0.5
    }

    public var ownOptions: Options { ["q": .double(q)] }

    public var takesClassNumbers: Bool { true }

    public func targetShape(for outputs: Shape) -> Shape { Shape(Array(outputs.dropLast())) }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let q = Float(q)
        return eachRow(targets, prediction.outputs, on: pool) { t, y in
            // A number that is no class has a probability of zero, as in Keras' one-hot code.
            (1 - (classNumber(t, of: y.count).map { power(y[$0], q) } ?? 0)) / q
        }
    }

    // MARK: dy[t] = −w y[t]^(q − 1)

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let q = Float(q)
        return .outputs(
            eachRow(targets, prediction.outputs, weights, on: pool) { t, y, weight, gradient in
                let target = classNumber(t, of: y.count)
                for k in y.indices { gradient[k] = k == target ? -weight * power(y[k], q - 1) : 0 }
            })
    }
}
