import Networks
import Tensors

/// Intersection over union of some classes: `keras.metrics.IoU`.
///
///     result = mean over target classes of w(both) / (w(predicted) + w(right) − w(both))
///
/// Targets and outputs are numbers of classes; with `sparse_y_…` false the largest of the last axis is the class.
public struct IoU: OverlapMetric {
    public static let kerasName = "IoU"
    public static let functionName = "io_u"

    public var name: String
    public internal(set) var overlaps: Overlaps

    public init(name: String = IoU.functionName, overlaps: Overlaps) {
        self.name = name
        self.overlaps = overlaps
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        var overlaps = try options.overlaps()
        _ = try options.required("target_class_ids", "a list of classes", \.array)
        try options.targetClasses(of: &overlaps)
        overlaps.sparseTargets = try options.bool("sparse_y_true", default: true)
        overlaps.sparseOutputs = try options.bool("sparse_y_pred", default: true)
        self.init(name: try options.metricName(Self.functionName), overlaps: overlaps)
    }

    public var ownOptions: Options {
        var options = overlaps.options
        options["target_class_ids"] = overlaps.targetOption
        options["sparse_y_true"] = .bool(overlaps.sparseTargets)
        options["sparse_y_pred"] = .bool(overlaps.sparseOutputs)
        return options
    }
}
