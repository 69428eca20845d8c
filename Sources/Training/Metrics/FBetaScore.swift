import Networks
import Tensors

/// The harmonic mean of precision and recall, where recall counts β times as much: `keras.metrics.FBetaScore`.
///
///     score = (1 + β²) · precision · recall / (β² · precision + recall)
///
/// Outputs have shape `[batch, classes]`; without a threshold the largest output of a row is its class.
public struct FBetaScore: FScore {
    public static let kerasName = "FBetaScore"
    public static let functionName = "fbeta_score"

    public var name: String
    public var settings: FScoreSettings
    public var beta: Double
    public var sums: [Double] = []

    public init(
        name: String = FBetaScore.functionName, beta: Double = 1, settings: FScoreSettings = FScoreSettings()
    ) {
        self.name = name
        self.beta = beta
        self.settings = settings
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let beta = try options.optional("beta", "a number above 0") { value in
            value.double.flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        }
        self.init(
            name: try options.metricName(Self.functionName), beta: beta ?? 1,
            settings: try FScoreSettings(from: &options))
    }

    public var ownOptions: Options { Options([("beta", .double(beta))] + settings.options.pairs) }
}
