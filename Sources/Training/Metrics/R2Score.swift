import Networks
import Tensors

/// The part of the targets' variance that the outputs explain: `keras.metrics.R2Score`.
///
///     R² = 1 − Σ w (t − y)² / (Σ w t² − (Σ w t)² / Σ w),  0 where it would be infinite
///     adjusted for p regressors: 1 − (1 − R²) (n − 1) / (n − p − 1),  where n − 1 > p
///
/// Outputs have shape `[batch, targets]`; n is their number of elements, as in Keras. Of a score for each target
/// (`class_aggregation=None`) the mean is reported, as Keras' progress bar does.
public struct R2Score: Metric {
    public static let kerasName = "R2Score"
    public static let functionName = "r2_score"

    /// How the scores of several targets become one.
    public enum Aggregation: String, Sendable, Hashable, CaseIterable {
        case uniform = "uniform_average"
        case varianceWeighted = "variance_weighted_average"
    }

    public var name: String
    public var aggregation: Aggregation?
    public var regressors: Int
    /// For each target `Σ w t`, `Σ w t²`, `Σ w (t − y)²` and `Σ w`, and at the end the number of elements.
    public var sums: [Double] = []

    public init(name: String = R2Score.functionName, aggregation: Aggregation? = .uniform, regressors: Int = 0) {
        self.name = name
        self.aggregation = aggregation
        self.regressors = regressors
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        // Null is not the default here, but a value of its own.
        let isGiven = options.options["class_aggregation"] != nil
        let aggregation: Aggregation? = try options.optional(
            "class_aggregation", "null, \"uniform_average\" or \"variance_weighted_average\""
        ) { $0.string.flatMap(Aggregation.init) }
        let regressors = try options.optional("num_regressors", "a whole number from 0") { value in
            value.int.flatMap { $0 >= 0 ? $0 : nil }
        }
        self.init(
            name: try options.metricName(Self.functionName), aggregation: isGiven ? aggregation : .uniform,
            regressors: regressors ?? 0)
    }

    public var ownOptions: Options {
        [
            "class_aggregation": aggregation.map { .string($0.rawValue) } ?? nil, "num_regressors": .int(regressors),
        ]
    }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        outputs.count == 2
            ? sizeProblem(targets: targets, outputs: outputs)
            : "it expects outputs of shape [batch, targets], found \(outputs)"
    }

    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        let (rows, columns) = (prediction.outputs.shape[0], prediction.outputs.shape[1])
        if sums.count != 4 * columns + 1 { sums = [Double](repeating: 0, count: 4 * columns + 1) }
        targets.withElements { targets in
            prediction.outputs.withElements { outputs in
                for i in 0..<rows * columns {
                    let (t, y, k) = (Double(targets[i]), Double(outputs[i]), i % columns)
                    let weight = Double(weights?[i / columns] ?? 1)
                    sums[k] += weight * t
                    sums[columns + k] += weight * t * t
                    sums[2 * columns + k] += weight * (t - y) * (t - y)
                    sums[3 * columns + k] += weight
                }
            }
        }
        sums[4 * columns] += Double(rows * columns)
    }

    public var result: Double {
        let columns = sums.count / 4
        guard columns > 0, sums.count == 4 * columns + 1, sums[4 * columns] > 0 else { return 0 }
        let variances = (0..<columns).map { sums[columns + $0] - sums[$0] * sums[$0] / sums[3 * columns + $0] }
        let scores = (0..<columns).map { k in
            let score = 1 - sums[2 * columns + k] / variances[k]
            return score.isInfinite ? 0 : score
        }
        let score: Double
        switch aggregation {
        case .uniform, nil: score = scores.reduce(0, +) / Double(columns)
        case .varianceWeighted:
            score = zip(scores, variances).reduce(0) { $0 + $1.0 * $1.1 } / variances.reduce(0, +)
        }
        let (n, p) = (sums[4 * columns], Double(regressors))
        return p == 0 || p >= n - 1 ? score : 1 - (1 - score) * (n - 1) / (n - p - 1)
    }
}
