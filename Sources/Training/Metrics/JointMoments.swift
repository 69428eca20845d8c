/// The first two moments of a row of targets and a row of outputs of the same length.
struct JointMoments {
    /// The square of the difference of their means.
    let distance: Double
    let variances: (t: Double, y: Double)
    let covariance: Double

    init(_ t: Row, _ y: Row) {
        let n = Double(y.count)
        let means = (t: t.reduce(0) { $0 + Double($1) } / n, y: y.reduce(0) { $0 + Double($1) } / n)
        var (tt, yy, ty) = (0.0, 0.0, 0.0)
        for k in y.indices {
            let (a, b) = (Double(t[k]) - means.t, Double(y[k]) - means.y)
            tt += a * a
            yy += b * b
            ty += a * b
        }
        distance = (means.t - means.y) * (means.t - means.y)
        variances = (tt / n, yy / n)
        covariance = ty / n
    }
}
