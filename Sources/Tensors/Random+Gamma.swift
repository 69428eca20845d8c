#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Random {
    /// A number of the gamma distribution with this shape and scale 1 (Marsaglia & Tsang, 2000).
    ///
    /// - Precondition: `alpha` is above zero.
    public func gamma(_ alpha: Double) -> Double {
        let d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        // Of 100 tries one succeeds, but for less than one in 10¹²⁵ cases.
        for i in 0..<100 {
            let (u, v) = (Double(uniform(at: 4 * i)), Double(uniform(at: 4 * i + 1)))
            let normal = (-2 * log(1 - u)).squareRoot() * cos(2 * Double.pi * v)
            let t = 1 + c * normal
            guard t > 0 else { continue }
            let cube = t * t * t
            let chance = 1 - Double(uniform(at: 4 * i + 2))
            if log(chance) < 0.5 * normal * normal + d - d * cube + d * log(cube) {
                let boost = alpha < 1 ? pow(1 - Double(uniform(at: 4 * i + 3)), 1 / alpha) : 1
                return d * cube * boost
            }
        }
        return d
    }

    /// A number of the distribution Beta(α, α): `g / (g + g′)` with `g`, `g′` of the gamma distribution.
    public func beta(_ alpha: Double) -> Float {
        let (own, other) = (stream(0).gamma(alpha), stream(1).gamma(alpha))
        return own + other > 0 ? Float(own / (own + other)) : uniform(at: 0)
    }
}
