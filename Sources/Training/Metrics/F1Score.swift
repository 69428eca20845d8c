import Networks
import Tensors

/// The harmonic mean of precision and recall: `keras.metrics.F1Score`.
///
///     score = 2 · precision · recall / (precision + recall)
///
/// Outputs have shape `[batch, classes]`; without a threshold the largest output of a row is its class.
public struct F1Score: FScore {
    public static let kerasName = "F1Score"
    public static let functionName = "f1_score"

    public var name: String
    public var settings: FScoreSettings
    public var sums: [Double] = []

    public init(name: String = F1Score.functionName, settings: FScoreSettings = FScoreSettings()) {
        self.name = name
        self.settings = settings
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(name: try options.metricName(Self.functionName), settings: try FScoreSettings(from: &options))
    }

    public var ownOptions: Options { settings.options }

    var beta: Double { 1 }
}
