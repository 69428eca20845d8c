import Networks
import Tensors

/// Intersection over union of all classes, for one-hot targets: `keras.metrics.OneHotMeanIoU`.
///
///     result = mean over all classes of w(both) / (w(predicted) + w(right) − w(both))
///
/// Targets are one-hot and outputs scores, both of shape `[batch, …, classes]`.
public struct OneHotMeanIoU: OverlapMetric {
    public static let kerasName = "OneHotMeanIoU"
    public static let functionName = "one_hot_mean_io_u"

    public var name: String
    public internal(set) var overlaps: Overlaps

    public init(name: String = OneHotMeanIoU.functionName, overlaps: Overlaps) {
        self.name = name
        self.overlaps = overlaps
        self.overlaps.sparseTargets = false
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        var overlaps = try options.overlaps()
        overlaps.sparseOutputs = try options.bool("sparse_y_pred", default: false)
        self.init(name: try options.metricName(Self.functionName), overlaps: overlaps)
    }

    public var ownOptions: Options {
        var options = overlaps.options
        options["sparse_y_pred"] = .bool(overlaps.sparseOutputs)
        return options
    }
}
