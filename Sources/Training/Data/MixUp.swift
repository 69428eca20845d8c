import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Mixes the samples of a batch two by two, inputs and targets alike (Zhang et al., 2018): `keras.layers.MixUp`.
///
///     x ← λ x + (1 − λ) x′,  y ← λ y + (1 − λ) y′,  λ ~ Beta(α, α) for each sample
///
/// What is drawn depends on the seed, the epoch and the batch alone.
public struct MixUp: Sendable, Hashable {
    /// How even the mixtures are: small for nearly pure ones, 1 for all alike.
    public let alpha: Double

    /// - Precondition: alpha above zero.
    public init(alpha: Double = 0.2) {
        precondition(alpha > 0 && alpha.isFinite, "mixup needs an alpha above 0, found \(alpha)")
        self.alpha = alpha
    }

    package func apply(to batch: inout SampleBatch, seed: UInt64, epoch: Int, batch number: Int, on pool: WorkerPool) {
        let random = Random(seed: seed).stream(4).stream(UInt64(epoch)).stream(UInt64(number))
        let partners = random.stream(0).permutation(batch.count)
        let shares = (0..<batch.count).map { share(random.stream(UInt64($0) + 1)) }
        for i in batch.inputs.indices { batch.inputs[i] = mixed(batch.inputs[i], partners, shares, on: pool) }
        for i in batch.targets.indices { batch.targets[i] = mixed(batch.targets[i], partners, shares, on: pool) }
        if let weights = batch.weights {
            batch.weights = weights.indices.map {
                shares[$0] * weights[$0] + (1 - shares[$0]) * weights[partners[$0]]
            }
        }
    }

    private func mixed(_ x: Tensor, _ partners: [Int], _ shares: [Float], on pool: WorkerPool) -> Tensor {
        let size = x.count / max(1, partners.count)
        return Tensor(unsafeUninitialized: x.shape) { y in
            x.withElements { x in
                nonisolated(unsafe) let (x, y) = (x, y)
                pool.run(partners.count, grain: max(1, 16_384 / max(1, size))) { range in
                    for i in range {
                        let (own, other, share) = (i * size, partners[i] * size, shares[i])
                        for k in 0..<size { y[own + k] = share * x[own + k] + (1 - share) * x[other + k] }
                    }
                }
            }
        }
    }

    // MARK: λ = g / (g + g′) with g, g′ ~ Gamma(α)

    private func share(_ random: Random) -> Float {
        let (own, other) = (gamma(random.stream(0)), gamma(random.stream(1)))
        return own + other > 0 ? Float(own / (own + other)) : random.uniform(at: 0)
    }

    /// A number of the gamma distribution (Marsaglia & Tsang, 2000).
    private func gamma(_ random: Random) -> Double {
        let d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        // Of 100 tries one succeeds, but for less than one in 10¹²⁵ cases.
        for i in 0..<100 {
            let (u, v) = (Double(random.uniform(at: 4 * i)), Double(random.uniform(at: 4 * i + 1)))
            let normal = (-2 * log(1 - u)).squareRoot() * cos(2 * Double.pi * v)
            let t = 1 + c * normal
            guard t > 0 else { continue }
            let cube = t * t * t
            let chance = 1 - Double(random.uniform(at: 4 * i + 2))
            if log(chance) < 0.5 * normal * normal + d - d * cube + d * log(cube) {
                let boost = alpha < 1 ? pow(1 - Double(random.uniform(at: 4 * i + 3)), 1 / alpha) : 1
                return d * cube * boost
            }
        }
        return d
    }
}
