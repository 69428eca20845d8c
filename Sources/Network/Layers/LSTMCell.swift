import Tensors

/// One step of a long short-term memory (Hochreiter and Schmidhuber, 1997); Keras' `LSTMCell`.
///
///     z = x · kernel + h₋₁ · recurrent_kernel + bias, cut into z_i, z_f, z_c, z_o
///     c = σ(z_f) c₋₁ + σ(z_i) φ(z_c),  h = σ(z_o) φ(c)
///
/// The input has shape `[batch, features]`, the states `h` and `c` and the output `[batch, units]`. In training one
/// dropout mask serves all gates.
public struct LSTMCell: RecurrentCell {
    public static let kerasName = "LSTMCell"

    public var units: Int
    /// σ, the gates' activation.
    public var recurrentActivation: Activation
    /// Whether the forget gate's bias starts at 1.
    public var unitForgetBias: Bool
    public var cell: CellOptions

    public init(
        units: Int, recurrentActivation: Activation = .sigmoid, unitForgetBias: Bool = true,
        _ cell: CellOptions = CellOptions()
    ) {
        self.units = units
        self.recurrentActivation = recurrentActivation
        self.unitForgetBias = unitForgetBias
        self.cell = cell
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        units = try options.ints("units", count: 1, default: nil)[0]
        recurrentActivation = try options.activation("recurrent_activation", default: .sigmoid)
        unitForgetBias = try options.bool("unit_forget_bias", default: true)
        cell = try CellOptions(from: &options)
    }

    public var options: Options {
        var options: Options = ["units": .int(units)]
        let own: Options = [
            "recurrent_activation": recurrentActivation.optionValue, "unit_forget_bias": .bool(unitForgetBias),
        ]
        for (name, value) in cell.options(own).pairs { options[name] = value }
        return options
    }

    public func stateShapes(for input: Shape) throws(ShapeError) -> [Shape] {
        guard input.count == 2, input[1] > 0 else {
            throw ShapeError(layer: "LSTM(\(units))", expected: "steps of [batch, features]", found: input)
        }
        return [[units], [units]]
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try stateShapes(for: input)
        let kernels = [
            cell.kernel.spec("kernel", [input[1], 4 * units]),
            cell.recurrent.spec("recurrent_kernel", [units, 4 * units]),
        ]
        guard cell.useBias else { return kernels }
        var bias = cell.bias.spec("bias", [4 * units])
        if unitForgetBias { bias.initializer = .unitForgetBias(bias.initializer) }
        return kernels + [bias]
    }

    public func dropoutMasks(input: Shape, _ context: Context) -> [Tensor?] {
        cell.masks(input: input, state: [input[0], units], context)
    }

    private var gates: LSTMGates {
        LSTMGates(activation: cell.activation, recurrentActivation: recurrentActivation)
    }

    public var savedCount: Int { LSTMGates.savedCount }

    // MARK: z = x · kernel + h₋₁ · recurrent_kernel + bias, then the gates

    public func step(
        _ x: Tensor, _ states: [Tensor], _ weights: [Tensor], _ masks: [Tensor?], on pool: WorkerPool
    ) -> CellStep {
        let own = dense(masked(x, masks[0], on: pool), weights[0], bias: cell.useBias ? weights[2] : nil, on: pool)
        let z = adding(own, matmul(masked(states[0], masks[1], on: pool), weights[1], on: pool), on: pool)
        return gates.forward(z, carry: states[1], on: pool)
    }

    // MARK: the gates' way back, then dx = dz · kernelᵀ,  dh₋₁ = dz · recurrent_kernelᵀ,  dkernel = xᵀ · dz, …

    public func back(
        _ dOutput: Tensor, _ dStates: [Tensor], _ call: CellCall, _ weights: [Tensor],
        _ gradients: inout [Tensor], on pool: WorkerPool
    ) -> (input: Tensor, states: [Tensor]) {
        let dh = adding(dOutput, dStates[0], on: pool)
        let (dz, dc) = gates.backward(dh, dStates[1], call.step, carry: call.states[1], on: pool)
        let x = masked(call.x, call.masks[0], on: pool)
        let h = masked(call.states[0], call.masks[1], on: pool)
        accumulate(matmul(x, dz, transposingA: true, on: pool), at: 0, of: &gradients, on: pool)
        accumulate(matmul(h, dz, transposingA: true, on: pool), at: 1, of: &gradients, on: pool)
        if cell.useBias { accumulate(sumRows(dz, on: pool), at: 2, of: &gradients, on: pool) }
        return (
            masked(matmul(dz, weights[0], transposingB: true, on: pool), call.masks[0], on: pool),
            [masked(matmul(dz, weights[1], transposingB: true, on: pool), call.masks[1], on: pool), dc]
        )
    }
}
