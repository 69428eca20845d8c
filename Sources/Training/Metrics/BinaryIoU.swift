import Networks
import Tensors

/// Intersection over union where outputs at or above a threshold are of class 1: `keras.metrics.BinaryIoU`.
///
///     result = mean over target classes of w(both) / (w(predicted) + w(right) − w(both))
///
/// Targets are 0 and 1, one for each output.
public struct BinaryIoU: OverlapMetric {
    public static let kerasName = "BinaryIoU"
    public static let functionName = "binary_io_u"

    public var name: String
    public internal(set) var overlaps = Overlaps(classes: 2)

    public init(name: String = BinaryIoU.functionName, targetClasses: [Int] = [0, 1], threshold: Double = 0.5) {
        self.name = name
        overlaps.targetClasses = targetClasses
        overlaps.threshold = threshold
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(threshold: try options.double("threshold", default: 0.5))
        try options.targetClasses(of: &overlaps)
        try options.countingType(of: &overlaps)
        name = try options.metricName(Self.functionName)
    }

    public var ownOptions: Options {
        [
            "target_class_ids": overlaps.targetOption, "threshold": .double(overlaps.threshold ?? 0.5),
            "dtype": .string(overlaps.type),
        ]
    }
}
