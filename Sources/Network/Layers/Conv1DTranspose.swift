import Tensors

/// The adjoint of a convolution, which makes sequences larger; Keras' `Conv1DTranspose`.
///
///     y[o] = activation(Σ x[i] · kernel[a] + bias)   over all i, a with i · stride + a · dilation − crop = o
///
/// The input has shape `[batch, length, channels]`, the output `[batch, length′, filters]`; `kernel` has shape
/// `[length, filters, channels]`, `bias` `[filters]`.
public struct Conv1DTranspose: Convolution {
    public static let kerasName = "Conv1DTranspose"

    public var filters: Int
    public var kernelSize: [Int]
    public var strides: [Int]
    public var padding: Padding
    /// Cells that the output gets beyond its smallest extent; `nil` for Keras' usual extent.
    public var outputPadding: [Int]?
    public var dilationRate: [Int]
    public var activation: Activation
    public var useBias: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var activityRegularizer: Regularizer?

    public init(
        filters: Int, kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid,
        outputPadding: [Int]? = nil, dilationRate: [Int] = [1], activation: Activation = .linear,
        useBias: Bool = true, kernel: WeightOptions = WeightOptions(.glorotUniform),
        bias: WeightOptions = WeightOptions(.zeros), activityRegularizer: Regularizer? = nil
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilationRate = dilationRate
        self.activation = activation
        self.useBias = useBias
        self.kernel = kernel
        self.bias = bias
        self.activityRegularizer = activityRegularizer
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        filters = try options.ints("filters", count: 1, default: nil)[0]
        kernelSize = try options.ints("kernel_size", count: 1, default: nil)
        strides = try options.ints("strides", count: 1, default: [1])
        padding = try options.padding()
        outputPadding = try options.outputPadding(below: strides)
        try options.requireChannelsLast()
        dilationRate = try options.ints("dilation_rate", count: 1, default: [1])
        activation = try options.activation()
        useBias = try options.bool("use_bias", default: true)
        kernel = try options.weight("kernel", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        activityRegularizer = try options.activityRegularizer()
        try options.requireOneGroup()
    }

    public var options: Options {
        var options: Options = [
            "filters": .int(filters), "kernel_size": OptionValue(kernelSize), "strides": OptionValue(strides),
            "padding": .string(padding.rawValue), "output_padding": outputPadding.map { OptionValue($0) } ?? .null,
            "data_format": "channels_last", "dilation_rate": OptionValue(dilationRate),
            "activation": activation.optionValue, "use_bias": .bool(useBias),
        ]
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: activityRegularizer)
        return options
    }

    private var spreading: SpreadingWindow {
        SpreadingWindow(
            layer: "Conv1DTranspose(\(filters))", kernel: kernelSize, strides: strides, dilation: dilationRate,
            padding: padding, outputPadding: outputPadding, filters: filters)
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { try spreading.outputShape(for: input) }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShape(for: input)
        let kernel = kernel.spec("kernel", Shape(kernelSize + [filters, input[2]]))
        return useBias ? [kernel, bias.spec("bias", [filters])] : [kernel]
    }

    /// Each kernel once for each place of the input.
    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        try weights(for: inputs)[0].shape.elementCount * inputs[0].dropLast().reduce(1, *)
    }

    // MARK: z = x ⋆ᵀ kernel + bias,  y = activation(z)

    public func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        let z = spreading.spread(x, kernels[0], on: pool)
        let shifted = bias.map { addingRow(z, $0, on: pool) } ?? z
        return relu ? Tensors.relu(shifted, on: pool) : shifted
    }

    // MARK: dx = dz ⋆ kernel,  dkernel = dz ⋆ x,  dbias = Σ dz

    public func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor]) {
        let found = spreading.gradients(dz, x, kernels[0], wantsInput: wantsInput, on: pool)
        return (found.input, [found.kernel])
    }
}
