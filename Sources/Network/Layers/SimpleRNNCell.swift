import Tensors

/// One step of a fully connected recurrence: `h = activation(x · kernel + h₋₁ · recurrent_kernel + bias)`.
///
/// The input has shape `[batch, features]`, the state and the output `[batch, units]`; Keras' `SimpleRNNCell`.
public struct SimpleRNNCell: RecurrentCell {
    public static let kerasName = "SimpleRNNCell"

    public var units: Int
    public var cell: CellOptions

    public init(units: Int, _ cell: CellOptions = CellOptions()) {
        self.units = units
        self.cell = cell
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        units = try options.ints("units", count: 1, default: nil)[0]
        cell = try CellOptions(from: &options)
    }

    public var options: Options {
        var options: Options = ["units": .int(units)]
        for (name, value) in cell.options([:]).pairs { options[name] = value }
        return options
    }

    public func stateShapes(for input: Shape) throws(ShapeError) -> [Shape] {
        guard input.count == 2, input[1] > 0 else {
            throw ShapeError(layer: "SimpleRNN(\(units))", expected: "steps of [batch, features]", found: input)
        }
        return [[units]]
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try stateShapes(for: input)
        let kernels = [
            cell.kernel.spec("kernel", [input[1], units]), cell.recurrent.spec("recurrent_kernel", [units, units]),
        ]
        return cell.useBias ? kernels + [cell.bias.spec("bias", [units])] : kernels
    }

    public func dropoutMasks(input: Shape, _ context: Context) -> [Tensor?] {
        cell.masks(input: input, state: [input[0], units], context)
    }

    public var savedCount: Int { 1 }

    // MARK: z = x · kernel + h₋₁ · recurrent_kernel + bias,  h = activation(z)

    public func step(
        _ x: Tensor, _ states: [Tensor], _ weights: [Tensor], _ masks: [Tensor?], on pool: WorkerPool
    ) -> CellStep {
        let own = dense(masked(x, masks[0], on: pool), weights[0], bias: cell.useBias ? weights[2] : nil, on: pool)
        let z = adding(own, matmul(masked(states[0], masks[1], on: pool), weights[1], on: pool), on: pool)
        let h = cell.activation(z, on: pool)
        return CellStep(output: h, states: [h], saved: [z])
    }

    // MARK: dx = dz · kernelᵀ,  dh₋₁ = dz · recurrent_kernelᵀ,  dkernel = xᵀ · dz,  drecurrent = h₋₁ᵀ · dz,  dbias = Σ dz

    public func back(
        _ dOutput: Tensor, _ dStates: [Tensor], _ call: CellCall, _ weights: [Tensor],
        _ gradients: inout [Tensor], on pool: WorkerPool
    ) -> (input: Tensor, states: [Tensor]) {
        let dh = adding(dOutput, dStates[0], on: pool)
        let dz = cell.activation.gradient(dh, x: call.step.saved[0], y: call.step.output, on: pool)
        let x = masked(call.x, call.masks[0], on: pool)
        let h = masked(call.states[0], call.masks[1], on: pool)
        accumulate(matmul(x, dz, transposingA: true, on: pool), at: 0, of: &gradients, on: pool)
        accumulate(matmul(h, dz, transposingA: true, on: pool), at: 1, of: &gradients, on: pool)
        if cell.useBias { accumulate(sumRows(dz, on: pool), at: 2, of: &gradients, on: pool) }
        return (
            masked(matmul(dz, weights[0], transposingB: true, on: pool), call.masks[0], on: pool),
            [masked(matmul(dz, weights[1], transposingB: true, on: pool), call.masks[1], on: pool)]
        )
    }
}
