import Networks
import Tensors

/// The area under a curve over all thresholds, as a Riemann sum: `keras.metrics.AUC`.
///
///     area = Σ (x_i − x_(i+1)) · height(y_i, y_(i+1))
///
/// The curve goes through the false and the true positive rate (ROC), recall and precision (PR) or their gains (PRGAIN).
/// With several labels it is the mean of the labels' areas, weighted by `labelWeights`.
public struct AUC: ThresholdMetric {
    public static let kerasName = "AUC"
    public static let functionName = "auc"

    /// The pair of rates that a curve goes through.
    public enum Curve: String, Sendable, Hashable, CaseIterable {
        case roc = "ROC"
        case precisionRecall = "PR"
        case precisionRecallGain = "PRGAIN"
    }

    /// How high the area is between two points of the curve.
    public enum Summation: String, Sendable, Hashable, CaseIterable {
        /// The mean of the two; for PR the integral of Davis and Goadrich (2006).
        case interpolation
        case majoring
        case minoring
    }

    /// What Keras' class takes besides a name.
    public struct Settings: Sendable, Hashable {
        public var thresholdCount = 200
        public var curve = Curve.roc
        public var summation = Summation.interpolation
        /// Thresholds between the bounds, instead of evenly spaced ones.
        public var thresholds: [Double]?
        public var isMultiLabel = false
        public var labelCount: Int?
        public var labelWeights: [Double]?
        public var fromLogits = false

        public init() {}
    }

    public var name: String
    public let settings: Settings
    var counts: ThresholdCounts

    public init(name: String = AUC.functionName, settings: Settings = Settings()) {
        self.name = name
        self.settings = settings
        let steps = settings.thresholdCount - 1
        let inner = settings.thresholds?.sorted() ?? (0..<steps).dropFirst().map { Double($0) / Double(steps) }
        let isEven = settings.thresholds == nil || isEvenlySpaced([0] + inner + [1])
        // The bounds lie outside of 0…1, so that all outputs exceed the first and none the last.
        counts = ThresholdCounts([-1e-7] + inner + [1 + 1e-7], isEven: isEven)
        counts.isMultiLabel = settings.isMultiLabel
        if !settings.isMultiLabel { counts.labelWeights = settings.labelWeights?.map { Float($0) } }
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        var settings = Settings()
        settings.thresholdCount = try options.thresholdCount(from: 2)
        settings.curve = try options.choiceOfAnyCase("curve", default: .roc)
        settings.summation = try options.choiceOfAnyCase("summation_method", default: .interpolation)
        settings.thresholds = try options.optional("thresholds", "a list of numbers from 0 to 1") { value in
            numbers(value).flatMap { $0.allSatisfy { (0...1).contains($0) } ? $0 : nil }
        }
        settings.isMultiLabel = try options.bool("multi_label", default: false)
        settings.labelCount = try options.optional("num_labels", "a whole number above 0") { value in
            value.int.flatMap { $0 > 0 ? $0 : nil }
        }
        settings.labelWeights = try options.optional("label_weights", "a list of numbers", numbers)
        settings.fromLogits = try options.bool("from_logits", default: false)
        self.init(name: try options.metricName(Self.functionName), settings: settings)
    }

    public var ownOptions: Options {
        func list(_ numbers: [Double]?) -> OptionValue { numbers.map { .array($0.map { .double($0) }) } ?? nil }
        var options: Options = [
            "num_thresholds": .int(counts.thresholds.count), "curve": .string(settings.curve.rawValue),
            "summation_method": .string(settings.summation.rawValue), "multi_label": .bool(settings.isMultiLabel),
            "num_labels": settings.labelCount.map { .int($0) } ?? nil, "label_weights": list(settings.labelWeights),
            "from_logits": .bool(settings.fromLogits),
        ]
        if settings.thresholds != nil { options["thresholds"] = list(settings.thresholds) }
        return options
    }

    public var isBetterWhenGreater: Bool { true }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        if settings.isMultiLabel, outputs.count != 2 {
            return "with multi_label it expects outputs of shape [batch, labels], found \(outputs)"
        }
        let labels = settings.labelCount ?? (settings.isMultiLabel ? settings.labelWeights?.count : nil)
        if let labels, labels != outputs.last {
            return "it has \(labels) labels, but the outputs have shape \(outputs)"
        }
        return thresholdProblem(targets: targets, outputs: outputs)
    }

    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        let outputs = settings.fromLogits ? mapped(prediction.outputs, on: pool, sigmoid) : prediction.outputs
        counts.add(targets, outputs, weights: weights)
    }

    public var result: Double {
        guard settings.isMultiLabel else { return area(counts.outcomes()) }
        let areas = (0..<counts.labels).map { area(counts.outcomes(label: $0)) }
        let weights = settings.labelWeights ?? areas.map { _ in 1 }
        return ratio(zip(areas, weights).reduce(0) { $0 + $1.0 * $1.1 }, weights.prefix(areas.count).reduce(0, +))
    }

    private func area(_ outcomes: [Outcomes]) -> Double {
        let pairs = zip(outcomes, outcomes.dropFirst())
        if settings.curve == .precisionRecall && settings.summation == .interpolation {
            return pairs.reduce(0) { $0 + interpolatedArea($1.0, $1.1) }
        }
        let points = outcomes.map(point)
        return zip(points, points.dropFirst()).reduce(0) { sum, pair in
            let (from, to) = pair
            let height =
                switch settings.summation {
                case .interpolation: (from.y + to.y) / 2
                case .majoring: max(from.y, to.y)
                case .minoring: min(from.y, to.y)
                }
            return sum + (from.x - to.x) * height
        }
    }

    /// A point of the curve.
    private func point(_ o: Outcomes) -> (x: Double, y: Double) {
        switch settings.curve {
        case .roc: return (o.fallOut, o.recall)
        case .precisionRecall: return (o.recall, o.precision)
        case .precisionRecallGain:
            // Flach and Kull (2015); without a true positive the gains are 0 and 1.
            guard o.truePositives != 0 else { return (0, 1) }
            let odds = ratio(o.truePositives + o.falseNegatives, o.trueNegatives + o.falsePositives)
            return (
                max(1 - odds * o.falseNegatives / o.truePositives, 0), 1 - odds * o.falsePositives / o.truePositives
            )
        }
    }

    /// The area between two thresholds where true positives grow evenly with all that is called positive.
    private func interpolatedArea(_ from: Outcomes, _ to: Outcomes) -> Double {
        let (p, q) = (from.truePositives + from.falsePositives, to.truePositives + to.falsePositives)
        let gain = from.truePositives - to.truePositives
        let slope = ratio(gain, max(p - q, 0))
        let intercept = to.truePositives - slope * q
        let logarithm = p > 0 && q > 0 ? naturalLogarithm(p / q) : 0
        return ratio(slope * (gain + intercept * logarithm), max(to.truePositives + to.falseNegatives, 0))
    }
}

/// A list of numbers, as Keras writes it for a list or for a tensor.
private func numbers(_ value: OptionValue) -> [Double]? {
    let list = value.array ?? value.object?["config"]?.object?["value"]?.array
    let numbers = list?.compactMap(\.double)
    return numbers?.count == list?.count ? numbers : nil
}

extension OptionReader {
    /// One of a fixed set of words, in lower or upper case.
    fileprivate mutating func choiceOfAnyCase<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default fallback: Choice
    ) throws(OptionError) -> Choice {
        let words = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        return try optional(name, words) { value in
            Choice.allCases.first { $0.rawValue.lowercased() == value.string?.lowercased() }
        } ?? fallback
    }
}
