import Tensors

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
        let shares = (0..<batch.count).map { random.stream(UInt64($0) + 1).beta(alpha) }
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
}
