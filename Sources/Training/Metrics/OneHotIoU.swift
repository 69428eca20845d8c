import Networks
import Tensors

/// Intersection over union of some classes, for one-hot targets: `keras.metrics.OneHotIoU`.
///
///     result = mean over target classes of w(both) / (w(predicted) + w(right) − w(both))
///
/// Targets are one-hot and outputs scores, both of shape `[batch, …, classes]`.
public struct OneHotIoU: OverlapMetric {
    public static let kerasName = "OneHotIoU"
    public static let functionName = "one_hot_io_u"

    public var name: String
    public internal(set) var overlaps: Overlaps

    public init(name: String = OneHotIoU.functionName, overlaps: Overlaps) {
        self.name = name
        self.overlaps = overlaps
        self.overlaps.sparseTargets = false
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        var overlaps = try options.overlaps()
        _ = try options.required("target_class_ids", "a list of classes", \.array)
        try options.targetClasses(of: &overlaps)
        overlaps.sparseOutputs = try options.bool("sparse_y_pred", default: false)
        self.init(name: try options.metricName(Self.functionName), overlaps: overlaps)
    }

    public var ownOptions: Options {
        var options = overlaps.options
        options["target_class_ids"] = overlaps.targetOption
        options["sparse_y_pred"] = .bool(overlaps.sparseOutputs)
        return options
    }
}
