import Tensors

/// The arithmetic between the four gates of an LSTM, the same for matrices and for images.
///
///     c = σ(z_f) c₋₁ + σ(z_i) φ(z_c),  h = σ(z_o) φ(c)
struct LSTMGates {
    var activation: Activation
    var recurrentActivation: Activation

    /// How many tensors ``forward(_:carry:on:)`` saves.
    static let savedCount = 9

    /// - Parameter z: the gates' sums side by side along the last axis: input, forget, candidate, output.
    func forward(_ z: Tensor, carry: Tensor, on pool: WorkerPool) -> CellStep {
        let z = partsOfLastAxis(z, 4, on: pool)
        let (i, f) = (recurrentActivation(z[0], on: pool), recurrentActivation(z[1], on: pool))
        let (g, o) = (activation(z[2], on: pool), recurrentActivation(z[3], on: pool))
        let c = adding(multiplying(f, carry, on: pool), multiplying(i, g, on: pool), on: pool)
        let a = activation(c, on: pool)
        let h = multiplying(o, a, on: pool)
        return CellStep(output: h, states: [h, c], saved: z + [i, f, g, o, a])
    }

    // MARK: dz_o = dh φ(c) σ′,  dc += dh σ(z_o) φ′,  dz_f = dc c₋₁ σ′,  dz_i = dc φ(z_c) σ′,  dz_c = dc σ(z_i) φ′

    /// - Returns: the gradients of `z` and of the old carry.
    func backward(
        _ dh: Tensor, _ dc: Tensor, _ step: CellStep, carry: Tensor, on pool: WorkerPool
    ) -> (z: Tensor, carry: Tensor) {
        let (z, i, f, g) = (Array(step.saved[0..<4]), step.saved[4], step.saved[5], step.saved[6])
        let (o, a) = (step.saved[7], step.saved[8])
        let c = step.states[1]
        let ofOutput = activation.gradient(multiplying(dh, o, on: pool), x: c, y: a, on: pool)
        let dc = adding(dc, ofOutput, on: pool)
        let dz = [
            recurrentActivation.gradient(multiplying(dc, g, on: pool), x: z[0], y: i, on: pool),
            recurrentActivation.gradient(multiplying(dc, carry, on: pool), x: z[1], y: f, on: pool),
            activation.gradient(multiplying(dc, i, on: pool), x: z[2], y: g, on: pool),
            recurrentActivation.gradient(multiplying(dh, a, on: pool), x: z[3], y: o, on: pool),
        ]
        return (joinedAlongLastAxis(dz), multiplying(dc, f, on: pool))
    }
}
