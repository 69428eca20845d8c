/// The linear correlation of targets and outputs (Pearson): `keras.metrics.PearsonCorrelation`.
///
///     r = cov(t, y) / (σ(t) σ(y)),  along the last axis; no number where one of them does not vary
public struct PearsonCorrelation: CorrelationMetric {
    public static let kerasName = "PearsonCorrelation"
    public static let functionName = "pearson_correlation"

    public var name: String
    public var sums: [Double] = [0, 0]

    public init(name: String = PearsonCorrelation.functionName) { self.name = name }

    static func correlation(_ moments: JointMoments) -> Double {
        moments.covariance / (moments.variances.t * moments.variances.y).squareRoot()
    }
}
