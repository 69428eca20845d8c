import Networks
import Tensors

/// Intersection over union of all classes: `keras.metrics.MeanIoU`.
///
///     result = mean over all classes of w(both) / (w(predicted) + w(right) − w(both))
///
/// Targets and outputs are numbers of classes; with `sparse_y_…` false the largest of the last axis is the class.
public struct MeanIoU: OverlapMetric {
    public static let kerasName = "MeanIoU"
    public static let functionName = "mean_io_u"

    public var name: String
    public internal(set) var overlaps: Overlaps

    public init(name: String = MeanIoU.functionName, overlaps: Overlaps) {
        self.name = name
        self.overlaps = overlaps
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        var overlaps = try options.overlaps()
        overlaps.sparseTargets = try options.bool("sparse_y_true", default: true)
        overlaps.sparseOutputs = try options.bool("sparse_y_pred", default: true)
        self.init(name: try options.metricName(Self.functionName), overlaps: overlaps)
    }

    public var ownOptions: Options {
        var options = overlaps.options
        options["sparse_y_true"] = .bool(overlaps.sparseTargets)
        options["sparse_y_pred"] = .bool(overlaps.sparseOutputs)
        return options
    }
}
