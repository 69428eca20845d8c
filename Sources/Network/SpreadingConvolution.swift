import Tensors

/// The adjoint of a convolution: Conv1DTranspose, Conv2DTranspose and Conv3DTranspose, which have the same options.
public protocol SpreadingConvolution: Convolution {
    /// How many axes the kernel has besides filters and channels.
    static var axes: Int { get }

    var filters: Int { get }
    var kernelSize: [Int] { get }
    var strides: [Int] { get }
    var padding: Padding { get }
    var outputPadding: [Int]? { get }
    var dilationRate: [Int] { get }
    var kernel: WeightOptions { get }
    var bias: WeightOptions { get }

    init(
        filters: Int, kernelSize: [Int], strides: [Int], padding: Padding, outputPadding: [Int]?, dilationRate: [Int],
        activation: Activation, useBias: Bool, kernel: WeightOptions, bias: WeightOptions,
        activityRegularizer: Regularizer?)
}

extension SpreadingConvolution {
    public init(from options: inout OptionReader) throws(OptionError) {
        let ones = Array(repeating: 1, count: Self.axes)
        try options.requireChannelsLast()
        try options.requireOneGroup()
        let strides = try options.ints("strides", count: Self.axes, default: ones)
        self.init(
            filters: try options.ints("filters", count: 1, default: nil)[0],
            kernelSize: try options.ints("kernel_size", count: Self.axes, default: nil), strides: strides,
            padding: try options.padding(), outputPadding: try options.outputPadding(below: strides),
            dilationRate: try options.ints("dilation_rate", count: Self.axes, default: ones),
            activation: try options.activation(), useBias: try options.bool("use_bias", default: true),
            kernel: try options.weight("kernel", default: .glorotUniform),
            bias: try options.weight("bias", default: .zeros),
            activityRegularizer: try options.activityRegularizer())
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

    /// Where each cell of the input goes.
    var spreading: SpreadingWindow {
        SpreadingWindow(
            layer: "\(Self.kerasName)(\(filters))", kernel: kernelSize, strides: strides, dilation: dilationRate,
            padding: padding, outputPadding: outputPadding, filters: filters)
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { try spreading.outputShape(for: input) }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int { spreading.temporaries(for: inputs[0]) }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShape(for: input)
        let kernel = kernel.spec("kernel", Shape(kernelSize + [filters, input[Self.axes + 1]]))
        return useBias ? [kernel, bias.spec("bias", [filters])] : [kernel]
    }

    /// Each kernel once for each place of the input.
    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        ShapeLimits.product(
            ShapeLimits.product(try weights(for: inputs)[0].shape), ShapeLimits.product(inputs[0].dropLast()))
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
