import Networks
import Tensors

/// How far what is predicted as a class and what is of it overlap, gathered over batches.
///
///     IoU = w(both) / (w(predicted) + w(right) − w(both))
///
/// Of Keras' confusion matrix it keeps what an intersection over union needs: the diagonal and the sums of rows and columns.
public struct Overlaps: Sendable {
    public let classes: Int
    /// The classes whose mean is the result.
    public var targetClasses: [Int]
    /// Targets of this class do not count.
    public var ignoredClass: Int?
    /// Whether targets are numbers of classes; otherwise the largest of the last axis is the class.
    public var sparseTargets = true
    /// The same for outputs.
    public var sparseOutputs = true
    /// Outputs that reach it are of class 1, others of class 0.
    public var threshold: Double?
    /// The type that Keras counts with.
    ///
    /// Weights lose their fractions in a type of whole numbers, such as its default.
    public var type = "int64"
    var sums: [Double]

    public init(classes: Int, targetClasses: [Int]? = nil) {
        self.classes = classes
        self.targetClasses = targetClasses ?? Array(0..<classes)
        sums = [Double](repeating: 0, count: 3 * classes)
    }

    mutating func add(_ targets: Tensor, _ outputs: Tensor, weights: [Float]?) {
        if sums.count != 3 * classes { sums = [Double](repeating: 0, count: 3 * classes) }
        let (right, predicted) = (
            numbers(targets, areSparse: sparseTargets), numbers(outputs, areSparse: sparseOutputs)
        )
        let positions = max(1, right.count / max(1, outputs.shape.first ?? 1))
        let isWhole = !type.contains("float")
        for (i, (right, predicted)) in zip(right, predicted).enumerated() {
            let predicted = threshold == nil ? predicted : outputs[i] >= Float(threshold ?? 0) ? 1 : 0
            guard let right, let predicted, right != ignoredClass, 0..<classes ~= right, 0..<classes ~= predicted else {
                continue
            }
            let weight = Double(weights?[i / positions] ?? 1)
            let counted = isWhole ? weight.rounded(.towardZero) : weight
            if right == predicted { sums[right] += counted }
            sums[classes + predicted] += counted
            sums[2 * classes + right] += counted
        }
    }

    /// The mean over the classes that are there at all.
    var mean: Double {
        let unions = targetClasses.map { sums[classes + $0] + sums[2 * classes + $0] - sums[$0] }
        let valid = unions.indices.filter { unions[$0] > 1e-9 }
        let sum = valid.reduce(0.0) { $0 + sums[targetClasses[$1]] / (unions[$1] + epsilon) }
        return sum / (Double(valid.count) + epsilon)
    }

    /// The class of each position; `nil` for what is no number.
    private func numbers(_ x: Tensor, areSparse: Bool) -> [Int?] {
        x.withElements { x in
            if areSparse { return x.map { Int(exactly: $0.rounded(.towardZero)) } }
            return (0..<x.count / classes).map { largest(Row(rebasing: x[$0 * classes..<($0 + 1) * classes])) }
        }
    }
}

/// A metric of overlapping classes, such as `keras.metrics.MeanIoU`.
protocol OverlapMetric: Metric {
    var overlaps: Overlaps { get set }
}

extension OverlapMetric {
    public var isBetterWhenGreater: Bool { true }

    public var sums: [Double] {
        get { overlaps.sums }
        set { overlaps.sums = newValue.count == 3 * overlaps.classes ? newValue : overlaps.sums }
    }

    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        overlaps.add(targets, prediction.outputs, weights: weights)
    }

    public var result: Double { overlaps.mean }

    public func problem(targets: Shape, outputs: Shape) -> String? {
        let sides = [(targets, overlaps.sparseTargets, "y_true"), (outputs, overlaps.sparseOutputs, "y_pred")]
        for (shape, isSparse, side) in sides where !isSparse && (shape.count < 2 || shape.last != overlaps.classes) {
            return "with num_classes \(overlaps.classes) it expects \(side) with as many values on the last axis, "
                + "found shape \(shape); for numbers of classes take sparse_\(side)"
        }
        let positions = sides.map { shape, isSparse, _ in shape.sample.elementCount / (isSparse ? 1 : overlaps.classes)
        }
        guard positions[0] != positions[1] else { return nil }
        return "targets of shape \(targets) have not one class for each of outputs of shape \(outputs); "
            + "sparse_y_true and sparse_y_pred say which of them are numbers of classes"
    }
}

extension OptionReader {
    /// The options that all metrics of overlaps share.
    mutating func overlaps() throws(OptionError) -> Overlaps {
        let classes = try required("num_classes", "a whole number from 1 to 1000000") { value in
            value.int.flatMap { (1...1_000_000).contains($0) ? $0 : nil }
        }
        var overlaps = Overlaps(classes: classes)
        overlaps.ignoredClass = try optional("ignore_class", "a whole number or null", \.int64)
        try lastAxis()
        try countingType(of: &overlaps)
        return overlaps
    }

    /// The option `target_class_ids`.
    mutating func targetClasses(of overlaps: inout Overlaps) throws(OptionError) {
        let classes = overlaps.classes
        overlaps.targetClasses =
            try optional("target_class_ids", "a list of classes from 0 to \(classes - 1)") { value in
                let numbers = value.array?.compactMap(\.int).filter { 0..<classes ~= $0 }
                return numbers?.count == value.array?.count ? numbers : nil
            } ?? overlaps.targetClasses
    }

    /// The option `dtype`, which decides whether weights lose their fractions.
    mutating func countingType(of overlaps: inout Overlaps) throws(OptionError) {
        overlaps.type =
            try optional("dtype", "the name of a type") { value in
                value.string ?? value.object?["config"]?.object?["name"]?.string
            } ?? overlaps.type
    }
}

extension Overlaps {
    /// The options that all of them have, as Keras writes them.
    var options: Options {
        [
            "num_classes": .int(classes), "dtype": .string(type),
            "ignore_class": ignoredClass.map { .int($0) } ?? nil, "axis": -1,
        ]
    }

    /// The option `target_class_ids`.
    var targetOption: OptionValue { .array(targetClasses.map { .int($0) }) }
}
