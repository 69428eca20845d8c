import Tensors

/// The convolutional LSTM layers of Keras, one for each number of axes.
public protocol ConvLSTM: CellLayer where Cell == ConvLSTMCell {
    /// How many axes the kernels slide along.
    static var axes: Int { get }
}

extension ConvLSTM {
    public init(from options: inout OptionReader) throws(OptionError) {
        let cell = try ConvLSTMCell(from: &options, axes: Self.axes)
        self.init(cell, try SequenceOptions(from: &options))
    }
}

/// One step of a convolutional LSTM.
///
///     z = x ⋆ kernel + h₋₁ ⋆ recurrent_kernel + bias, cut into z_i, z_f, z_c, z_o
///     c = σ(z_f) c₋₁ + σ(z_i) φ(z_c),  h = σ(z_o) φ(c)
///
/// The input's convolution has the options, the state's has stride 1 and keeps the extents. In training one dropout mask
/// serves all gates.
public struct ConvLSTMCell: RecurrentCell {
    public static let kerasName = "ConvLSTMCell"

    public var filters: Int
    public var kernelSize: [Int]
    public var strides: [Int]
    public var padding: Padding
    public var dilationRate: [Int]
    /// σ, the gates' activation.
    public var recurrentActivation: Activation
    /// Whether the forget gate's bias starts at 1.
    public var unitForgetBias: Bool
    public var cell: CellOptions

    /// - Parameter kernelSize: one extent for each axis.
    public init(
        filters: Int, kernelSize: [Int], strides: [Int]? = nil, padding: Padding = .valid, dilationRate: [Int]? = nil,
        recurrentActivation: Activation = .sigmoid, unitForgetBias: Bool = true, _ cell: CellOptions = CellOptions()
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides ?? kernelSize.map { _ in 1 }
        self.padding = padding
        self.dilationRate = dilationRate ?? kernelSize.map { _ in 1 }
        self.recurrentActivation = recurrentActivation
        self.unitForgetBias = unitForgetBias
        self.cell = cell
    }

    public init(from options: inout OptionReader) throws(OptionError) { try self.init(from: &options, axes: 2) }

    init(from options: inout OptionReader, axes: Int) throws(OptionError) {
        let ones = Array(repeating: 1, count: axes)
        filters = try options.ints("filters", count: 1, default: nil)[0]
        kernelSize = try options.ints("kernel_size", count: axes, default: nil)
        strides = try options.ints("strides", count: axes, default: ones)
        padding = try options.padding()
        try options.requireChannelsLast()
        dilationRate = try options.ints("dilation_rate", count: axes, default: ones)
        recurrentActivation = try options.activation("recurrent_activation", default: .sigmoid)
        unitForgetBias = try options.bool("unit_forget_bias", default: true)
        cell = try CellOptions(from: &options)
    }

    public var options: Options {
        var options: Options = [
            "filters": .int(filters), "kernel_size": OptionValue(kernelSize), "strides": OptionValue(strides),
            "padding": .string(padding.rawValue), "data_format": "channels_last",
            "dilation_rate": OptionValue(dilationRate),
        ]
        let own: Options = [
            "recurrent_activation": recurrentActivation.optionValue, "unit_forget_bias": .bool(unitForgetBias),
        ]
        for (name, value) in cell.options(own).pairs { options[name] = value }
        return options
    }

    /// The convolution of the input.
    private var outer: any Convolution {
        convolution(strides: strides, padding: padding, dilation: dilationRate)
    }

    /// The convolution of the state.
    private var inner: any Convolution {
        let ones = kernelSize.map { _ in 1 }
        return convolution(strides: ones, padding: .same, dilation: ones)
    }

    private func convolution(strides: [Int], padding: Padding, dilation: [Int]) -> any Convolution {
        switch kernelSize.count {
        case 1:
            Conv1D(
                filters: 4 * filters, kernelSize: kernelSize, strides: strides, padding: padding,
                dilationRate: dilation, useBias: false)
        case 2:
            Conv2D(
                filters: 4 * filters, kernelSize: kernelSize, strides: strides, padding: padding,
                dilationRate: dilation, useBias: false)
        default:
            Conv3D(
                filters: 4 * filters, kernelSize: kernelSize, strides: strides, padding: padding,
                dilationRate: dilation, useBias: false)
        }
    }

    public func stateShapes(for input: Shape) throws(ShapeError) -> [Shape] {
        let output = try outer.outputShape(for: input)
        let state = Shape(output.dropFirst().dropLast() + [filters])
        return [state, state]
    }

    public func temporaries(for input: Shape) throws(ShapeError) -> Int {
        let state = Shape([input[0]] + (try stateShapes(for: input)[0]))
        return ShapeLimits.sum(try outer.temporaries(for: [input]), try inner.temporaries(for: [state]))
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try stateShapes(for: input)
        let channels = input[input.count - 1]
        let kernels = [
            cell.kernel.spec("kernel", Shape(kernelSize + [channels, 4 * filters])),
            cell.recurrent.spec("recurrent_kernel", Shape(kernelSize + [filters, 4 * filters])),
        ]
        guard cell.useBias else { return kernels }
        var bias = cell.bias.spec("bias", [4 * filters])
        if unitForgetBias { bias.initializer = .unitForgetBias(bias.initializer) }
        return kernels + [bias]
    }

    public func dropoutMasks(input: Shape, _ context: Context) -> [Tensor?] {
        guard let state = try? stateShapes(for: input)[0] else { return [nil, nil] }
        return cell.masks(input: input, state: Shape([input[0]] + state), context)
    }

    private var gates: LSTMGates {
        LSTMGates(activation: cell.activation, recurrentActivation: recurrentActivation)
    }

    public var savedCount: Int { LSTMGates.savedCount }

    // MARK: z = x ⋆ kernel + h₋₁ ⋆ recurrent_kernel + bias, then the gates

    public func step(
        _ x: Tensor, _ states: [Tensor], _ weights: [Tensor], _ masks: [Tensor?], on pool: WorkerPool
    ) -> CellStep {
        let own = outer.convolved(
            masked(x, masks[0], on: pool), [weights[0]], bias: cell.useBias ? weights[2] : nil, relu: false, on: pool)
        let fromState = inner.convolved(
            masked(states[0], masks[1], on: pool), [weights[1]], bias: nil, relu: false, on: pool)
        return gates.forward(adding(own, fromState, on: pool), carry: states[1], on: pool)
    }

    // MARK: the gates' way back, then dx = dz ⋆ᵀ kernel,  dh₋₁ = dz ⋆ᵀ recurrent_kernel,  dkernel = x ⋆ dz, …

    public func back(
        _ dOutput: Tensor, _ dStates: [Tensor], _ call: CellCall, _ weights: [Tensor],
        _ gradients: inout [Tensor], on pool: WorkerPool
    ) -> (input: Tensor, states: [Tensor]) {
        let dh = adding(dOutput, dStates[0], on: pool)
        let (dz, dc) = gates.backward(dh, dStates[1], call.step, carry: call.states[1], on: pool)
        let x = masked(call.x, call.masks[0], on: pool)
        let h = masked(call.states[0], call.masks[1], on: pool)
        let own = outer.gradients(dz, x, [weights[0]], wantsInput: true, on: pool)
        let fromState = inner.gradients(dz, h, [weights[1]], wantsInput: true, on: pool)
        accumulate(own.kernels[0], at: 0, of: &gradients, on: pool)
        accumulate(fromState.kernels[0], at: 1, of: &gradients, on: pool)
        if cell.useBias { accumulate(sumRows(dz, on: pool), at: 2, of: &gradients, on: pool) }
        let dx = own.input ?? Tensor(x.shape)
        let ofState = fromState.input ?? Tensor(h.shape)
        return (masked(dx, call.masks[0], on: pool), [masked(ofState, call.masks[1], on: pool), dc])
    }
}
