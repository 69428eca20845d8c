/// The correlation of targets and outputs about the line t = y (Lin, 1989): `keras.metrics.ConcordanceCorrelation`.
///
///     c = 2 cov(t, y) / (σ²(t) + σ²(y) + (mean t − mean y)² + ε),  along the last axis
public struct ConcordanceCorrelation: CorrelationMetric {
    public static let kerasName = "ConcordanceCorrelation"
    public static let functionName = "concordance_correlation"

    public var name: String
    public var sums: [Double] = [0, 0]

    public init(name: String = ConcordanceCorrelation.functionName) { self.name = name }

    static func correlation(_ moments: JointMoments) -> Double {
        2 * moments.covariance / (moments.variances.t + moments.variances.y + moments.distance + epsilon)
    }
}
