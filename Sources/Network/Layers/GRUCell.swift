import Tensors

/// One step of a gated recurrent unit (Cho et al., 2014); Keras' `GRUCell`.
///
///     z = σ(x_z + h_z),  r = σ(x_r + h_r),  h̃ = φ(x_h + r h_h),  h = z h₋₁ + (1 − z) h̃
///
/// with `x_• = x · kernel + bias[0]` and `h_• = h₋₁ · recurrent_kernel + bias[1]`. Without `resetAfter` the state is
/// reset before the product, `h̃ = φ(x_h + (r h₋₁) · recurrent_kernel_h)`, and there is one bias. The input has shape
/// `[batch, features]`, the state and the output `[batch, units]`. In training one dropout mask serves all gates.
public struct GRUCell: RecurrentCell {
    public static let kerasName = "GRUCell"

    public var units: Int
    /// σ, the gates' activation.
    public var recurrentActivation: Activation
    public var resetAfter: Bool
    public var cell: CellOptions

    public init(
        units: Int, recurrentActivation: Activation = .sigmoid, resetAfter: Bool = true,
        _ cell: CellOptions = CellOptions()
    ) {
        self.units = units
        self.recurrentActivation = recurrentActivation
        self.resetAfter = resetAfter
        self.cell = cell
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        units = try options.ints("units", count: 1, default: nil)[0]
        recurrentActivation = try options.activation("recurrent_activation", default: .sigmoid)
        resetAfter = try options.bool("reset_after", default: true)
        cell = try CellOptions(from: &options)
    }

    public var options: Options {
        var options: Options = ["units": .int(units)]
        let own: Options = [
            "recurrent_activation": recurrentActivation.optionValue, "reset_after": .bool(resetAfter),
        ]
        for (name, value) in cell.options(own).pairs { options[name] = value }
        return options
    }

    public func stateShapes(for input: Shape) throws(ShapeError) -> [Shape] {
        guard input.count == 2, input[1] > 0 else {
            throw ShapeError(layer: "GRU(\(units))", expected: "steps of [batch, features]", found: input)
        }
        return [[units]]
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try stateShapes(for: input)
        let kernels = [
            cell.kernel.spec("kernel", [input[1], 3 * units]),
            cell.recurrent.spec("recurrent_kernel", [units, 3 * units]),
        ]
        guard cell.useBias else { return kernels }
        return kernels + [cell.bias.spec("bias", resetAfter ? [2, 3 * units] : [3 * units])]
    }

    public func dropoutMasks(input: Shape, _ context: Context) -> [Tensor?] {
        cell.masks(input: input, state: [input[0], units], context)
    }

    /// The bias of the products with the input, and of those with the state.
    private func biases(_ weights: [Tensor]) -> (input: Tensor?, recurrent: Tensor?) {
        guard cell.useBias else { return (nil, nil) }
        guard resetAfter else { return (weights[2], nil) }
        let width = 3 * units
        return weights[2].withElements { all in
            (Tensor([width], all[0..<width]), Tensor([width], all[width..<2 * width]))
        }
    }

    /// The recurrent kernel's columns of the two gates, and those of the candidate.
    private func split(_ kernel: Tensor, _ pool: WorkerPool) -> (gates: Tensor, candidate: Tensor) {
        let parts = partsOfLastAxis(kernel, 3, on: pool)
        return (joinedAlongLastAxis([parts[0], parts[1]]), parts[2])
    }

    public var savedCount: Int { resetAfter ? 7 : 6 }

    // MARK: z = σ(x_z + h_z),  r = σ(x_r + h_r),  h̃ = φ(x_h + r h_h),  h = z h₋₁ + (1 − z) h̃

    public func step(
        _ x: Tensor, _ states: [Tensor], _ weights: [Tensor], _ masks: [Tensor?], on pool: WorkerPool
    ) -> CellStep {
        let biases = biases(weights)
        let state = masked(states[0], masks[1], on: pool)
        let own = partsOfLastAxis(
            dense(masked(x, masks[0], on: pool), weights[0], bias: biases.input, on: pool), 3, on: pool)
        let inner: [Tensor]
        if resetAfter {
            inner = partsOfLastAxis(dense(state, weights[1], bias: biases.recurrent, on: pool), 3, on: pool)
        } else {
            inner = partsOfLastAxis(matmul(state, split(weights[1], pool).gates, on: pool), 2, on: pool)
        }
        let (zSum, rSum) = (adding(own[0], inner[0], on: pool), adding(own[1], inner[1], on: pool))
        let (z, r) = (recurrentActivation(zSum, on: pool), recurrentActivation(rSum, on: pool))
        let reset =
            resetAfter
            ? multiplying(r, inner[2], on: pool)
            : matmul(multiplying(r, state, on: pool), split(weights[1], pool).candidate, on: pool)
        let sum = adding(own[2], reset, on: pool)
        let candidate = cell.activation(sum, on: pool)
        let kept = multiplying(z, subtracting(states[0], candidate, on: pool), on: pool)
        let h = adding(kept, candidate, on: pool)
        let saved = [zSum, rSum, z, r, sum, candidate] + (resetAfter ? [inner[2]] : [])
        return CellStep(output: h, states: [h], saved: saved)
    }

    // MARK: dz = dh (h₋₁ − h̃) σ′,  dh̃ = dh (1 − z) φ′,  dr = dh̃ h_h σ′,  dh₋₁ = dh z + …

    public func back(
        _ dOutput: Tensor, _ dStates: [Tensor], _ call: CellCall, _ weights: [Tensor],
        _ gradients: inout [Tensor], on pool: WorkerPool
    ) -> (input: Tensor, states: [Tensor]) {
        let saved = call.step.saved
        let (z, r, candidate) = (saved[2], saved[3], saved[5])
        let x = masked(call.x, call.masks[0], on: pool)
        let state = masked(call.states[0], call.masks[1], on: pool)
        let dh = adding(dOutput, dStates[0], on: pool)

        let dzGate = multiplying(dh, subtracting(call.states[0], candidate, on: pool), on: pool)
        let dzSum = recurrentActivation.gradient(dzGate, x: saved[0], y: z, on: pool)
        let dcandidate = subtracting(dh, multiplying(dh, z, on: pool), on: pool)
        let dsum = cell.activation.gradient(dcandidate, x: saved[4], y: candidate, on: pool)

        var dstate = multiplying(dh, z, on: pool)
        let inner: Tensor  // the gradient of h₋₁ · recurrent_kernel where the reset comes after
        let dr: Tensor
        if resetAfter {
            dr = recurrentActivation.gradient(multiplying(dsum, saved[6], on: pool), x: saved[1], y: r, on: pool)
            inner = joinedAlongLastAxis([dzSum, dr, multiplying(dsum, r, on: pool)])
            accumulate(matmul(state, inner, transposingA: true, on: pool), at: 1, of: &gradients, on: pool)
            let through = matmul(inner, weights[1], transposingB: true, on: pool)
            dstate = adding(dstate, masked(through, call.masks[1], on: pool), on: pool)
        } else {
            let kernels = split(weights[1], pool)
            let dreset = matmul(dsum, kernels.candidate, transposingB: true, on: pool)  // of r · h₋₁
            dr = recurrentActivation.gradient(multiplying(dreset, state, on: pool), x: saved[1], y: r, on: pool)
            inner = joinedAlongLastAxis([dzSum, dr])
            let ofGates = partsOfLastAxis(matmul(state, inner, transposingA: true, on: pool), 2, on: pool)
            let ofCandidate = matmul(multiplying(r, state, on: pool), dsum, transposingA: true, on: pool)
            accumulate(joinedAlongLastAxis(ofGates + [ofCandidate]), at: 1, of: &gradients, on: pool)
            let through = adding(
                matmul(inner, kernels.gates, transposingB: true, on: pool), multiplying(dreset, r, on: pool), on: pool)
            dstate = adding(dstate, masked(through, call.masks[1], on: pool), on: pool)
        }
        let own = joinedAlongLastAxis([dzSum, dr, dsum])
        accumulate(matmul(x, own, transposingA: true, on: pool), at: 0, of: &gradients, on: pool)
        if cell.useBias {
            let dbias = sumRows(own, on: pool)
            let both = resetAfter ? joinedAlongLastAxis([dbias, sumRows(inner, on: pool)]) : dbias
            accumulate(both.reshaped(to: weights[2].shape), at: 2, of: &gradients, on: pool)
        }
        let dx = masked(matmul(own, weights[0], transposingB: true, on: pool), call.masks[0], on: pool)
        return (dx, [dstate])
    }
}
