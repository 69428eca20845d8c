import Networks
import Tensors

/// Pulls embeddings of one label together and pushes others apart (Sun et al., 2020): `keras.losses.Circle`.
///
///     loss_i = softplus(log Σ_p e^(γ a_p (d_p − m)) + log Σ_n e^(γ a_n (1 − m − d_n))),  d_j = max(1 − y_i · y_j, 0)
///     a_p = max(m + d_p, 0),  a_n = max(1 + m − d_n, 0)
///
/// Over all p of the same label as i and all n of another. Outputs are unit vectors of shape `[batch, size]`, targets
/// whole numbers of shape `[batch]`. Samples without a counterpart do not count.
public struct Circle: Loss {
    public static let kerasName = "Circle"
    public static let functionName = "circle"

    public var settings = LossSettings()
    public var gamma: Double
    public var margin: Double
    /// Whether a sample is no counterpart of itself.
    public var removeDiagonal: Bool

    public init(gamma: Double = 80, margin: Double = 0.4, removeDiagonal: Bool = true) {
        self.gamma = gamma
        self.margin = margin
        self.removeDiagonal = removeDiagonal
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try LossSettings(from: &options)
        gamma = try options.double("gamma", default: 80)
        margin = try options.double("margin", default: 0.4)
        removeDiagonal = try options.bool("remove_diagonal", default: true)
    }

    public var ownOptions: Options {
        ["gamma": .double(gamma), "margin": .double(margin), "remove_diagonal": .bool(removeDiagonal)]
    }

    public func targetShape(for outputs: Shape) -> Shape { Shape(Array(outputs.dropLast())) }

    public func problem(outputs: Shape) -> String? {
        outputs.count == 2 ? nil : "it expects outputs of shape [batch, size], found \(outputs)"
    }

    public func mask(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor? {
        let counts = mapped(values(targets, prediction, on: pool), on: pool) { $0 > 0 ? 1 : 0 }
        return prediction.mask.map { zipped($0, counts, on: pool, *) } ?? counts
    }

    public func values(_ targets: Tensor, _ prediction: Prediction, on pool: WorkerPool) -> Tensor {
        let rows = rows(targets, prediction.outputs)
        return Tensor(valueShape(for: prediction.outputs.shape), rows.map(\.loss))
    }

    // MARK: dy_i = Σ_j (w_i s_ij + w_j s_ji) y_j, with the slopes s of each row's loss by y_i · y_j

    public func gradient(
        _ targets: Tensor, _ prediction: Prediction, weights: Tensor, on pool: WorkerPool
    ) -> LossGradient {
        let outputs = prediction.outputs
        let (rows, size) = (rows(targets, outputs), outputs.shape.last ?? 0)
        return .outputs(
            outputs.withElements { y in
                Tensor(unsafeUninitialized: outputs.shape) { gradient in
                    gradient.update(repeating: 0)
                    for i in rows.indices {
                        for j in rows.indices {
                            let slope = weights[i] * rows[i].slopes[j] + weights[j] * rows[j].slopes[i]
                            for k in 0..<size { gradient[i * size + k] += slope * y[j * size + k] }
                        }
                    }
                }
            })
    }

    /// The loss of each sample, and its slopes by the products with all samples.
    private func rows(_ targets: Tensor, _ outputs: Tensor) -> [(loss: Float, slopes: [Float])] {
        let size = outputs.shape.last ?? 0
        let samples = size == 0 ? 0 : outputs.count / size
        return outputs.withElements { y in
            (0..<samples).map { i in
                let products = (0..<samples).map { j in
                    (0..<size).reduce(Float(0)) { $0 + y[i * size + $1] * y[j * size + $1] }
                }
                return row(i, products) { targets[$0].rounded(.towardZero) }
            }
        }
    }

    private func row(_ i: Int, _ products: [Float], _ label: (Int) -> Float) -> (loss: Float, slopes: [Float]) {
        let (gamma, margin) = (Float(gamma), Float(margin))
        var terms: [(isPositive: Bool, value: Float, slope: Float)?] = []
        for (j, product) in products.enumerated() {
            let isPositive = label(i) == label(j)
            if isPositive && removeDiagonal && i == j {
                terms.append(nil)
                continue
            }
            let distance = max(1 - product, 0)
            let slope: Float = 1 - product >= 0 ? -1 : 0
            if isPositive {
                let (weight, excess) = (max(margin + distance, 0), distance - margin)
                terms.append((true, gamma * weight * excess, gamma * slope * (weight + (weight > 0 ? excess : 0))))
            } else {
                let (weight, excess) = (max(1 + margin - distance, 0), 1 - margin - distance)
                terms.append((false, gamma * weight * excess, -gamma * slope * (weight + (weight > 0 ? excess : 0))))
            }
        }
        func logarithm(_ isPositive: Bool) -> Float {
            let values = terms.compactMap { $0?.isPositive == isPositive ? $0?.value : nil }
            return values.isEmpty ? -.infinity : values.withUnsafeBufferPointer { logarithmOfSum($0) }
        }
        let (positive, negative) = (logarithm(true), logarithm(false))
        let sum = positive + negative
        guard sum > -.infinity else { return (0, products.map { _ in 0 }) }
        let slopes = terms.map { term in
            guard let term else { return Float(0) }
            return sigmoid(sum) * exponential(term.value - (term.isPositive ? positive : negative)) * term.slope
        }
        return (softplus(sum), slopes)
    }
}
