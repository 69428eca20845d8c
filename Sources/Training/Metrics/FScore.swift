import Networks
import Tensors

/// A harmonic mean of precision and recall of each class, gathered over batches.
///
///     score = (1 + β²) · precision · recall / (β² · precision + recall)
///
/// Outputs have shape `[batch, classes]`; without a threshold the largest output of a row is its class.
protocol FScore: Metric {
    var settings: FScoreSettings { get }

    /// How much more recall counts than precision.
    var beta: Double { get }
}

/// What the F-scores of Keras have in common.
public struct FScoreSettings: Sendable, Hashable {
    /// How the scores of the classes become one.
    public enum Average: String, Sendable, Hashable, CaseIterable {
        /// Of all classes' counts together.
        case micro
        /// Their mean.
        case macro
        /// Their mean, each class counting as often as it is there.
        case weighted
    }

    /// Keras' null gives one score for each class, whose mean is reported, as Keras' progress bar does.
    public var average: Average?
    /// Outputs above it belong to the class.
    public var threshold: Double?

    public init(average: Average? = nil, threshold: Double? = nil) {
        self.average = average
        self.threshold = threshold
    }

    init(from options: inout OptionReader) throws(OptionError) {
        average = try options.optional("average", "null, \"micro\", \"macro\" or \"weighted\"") { value in
            value.string.flatMap(Average.init)
        }
        threshold = try options.optional("threshold", "null or a number above 0, at most 1") { value in
            value.double.flatMap { $0 > 0 && $0 <= 1 ? $0 : nil }
        }
    }

    var options: Options {
        [
            "average": average.map { .string($0.rawValue) } ?? nil, "threshold": threshold.map { .double($0) } ?? nil,
        ]
    }
}

extension FScore {
    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        outputs.count == 2
            ? sizeProblem(targets: targets, outputs: outputs)
            : "it expects outputs of shape [batch, classes], found \(outputs)"
    }

    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        let outputs = prediction.outputs
        let (rows, classes) = (outputs.shape[0], outputs.shape[1])
        // For each class: what was rightly taken for it, wrongly taken, not found, and all that is of it.
        var sums = self.sums.count == 4 * classes ? self.sums : [Double](repeating: 0, count: 4 * classes)
        targets.withElements { targets in
            outputs.withElements { outputs in
                for row in 0..<rows {
                    let y = Row(rebasing: outputs[row * classes..<(row + 1) * classes])
                    let (weight, largest) = (Double(weights?[row] ?? 1), y.max() ?? 0)
                    for k in y.indices {
                        let isTaken =
                            settings.threshold.map { y[k] > Float($0) } ?? (y[k] >= largest && abs(y[k]) > 1e-9)
                        let t = Double(targets[row * classes + k])
                        sums[k] += isTaken ? weight * t : 0
                        sums[classes + k] += isTaken ? weight * (1 - t) : 0
                        sums[2 * classes + k] += isTaken ? 0 : weight * t
                        sums[3 * classes + k] += weight * t
                    }
                }
            }
        }
        self.sums = sums
    }

    public var result: Double {
        let classes = sums.count / 4
        guard classes > 0 else { return 0 }
        func part(_ which: Int) -> [Double] { Array(sums[which * classes..<(which + 1) * classes]) }
        let (right, wrong, missed, support) = (part(0), part(1), part(2), part(3))
        switch settings.average {
        case .micro: return score(right.reduce(0, +), wrong.reduce(0, +), missed.reduce(0, +))
        case .weighted:
            let all = support.reduce(0, +) + epsilon
            return (0..<classes).reduce(0) { $0 + score(right[$1], wrong[$1], missed[$1]) * support[$1] / all }
        case .macro, nil:
            return (0..<classes).reduce(0) { $0 + score(right[$1], wrong[$1], missed[$1]) } / Double(classes)
        }
    }

    private func score(_ right: Double, _ wrong: Double, _ missed: Double) -> Double {
        let (precision, recall) = (right / (right + wrong + epsilon), right / (right + missed + epsilon))
        let square = beta * beta
        return (1 + square) * precision * recall / (square * precision + recall + epsilon)
    }
}
