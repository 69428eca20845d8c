import Tensors

/// A convolution of each channel apart: `y = activation(x ⋆ kernel + bias)`; Keras' `DepthwiseConv1D`.
///
/// The input has shape `[batch, length, channels]`; `kernel` has shape `[length, channels, depthMultiplier]`, `bias`
/// `[channels · depthMultiplier]`. Channel `c` of the input gives the channels `c · depthMultiplier …` of the output.
public struct DepthwiseConv1D: Convolution {
    public static let kerasName = "DepthwiseConv1D"

    public var kernelSize: [Int]
    public var strides: [Int]
    public var padding: Padding
    /// How many channels of the output each channel of the input gives.
    public var depthMultiplier: Int
    public var dilationRate: [Int]
    public var activation: Activation
    public var useBias: Bool
    public var depthwise: WeightOptions
    public var bias: WeightOptions
    public var activityRegularizer: Regularizer?

    public init(
        kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid, depthMultiplier: Int = 1,
        dilationRate: [Int] = [1], activation: Activation = .linear, useBias: Bool = true,
        depthwise: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        activityRegularizer: Regularizer? = nil
    ) {
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.depthMultiplier = depthMultiplier
        self.dilationRate = dilationRate
        self.activation = activation
        self.useBias = useBias
        self.depthwise = depthwise
        self.bias = bias
        self.activityRegularizer = activityRegularizer
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        kernelSize = try options.ints("kernel_size", count: 1, default: nil)
        strides = try options.ints("strides", count: 1, default: [1])
        padding = try options.padding()
        try options.requireChannelsLast()
        depthMultiplier = try options.ints("depth_multiplier", count: 1, default: [1])[0]
        dilationRate = try options.ints("dilation_rate", count: 1, default: [1])
        activation = try options.activation()
        useBias = try options.bool("use_bias", default: true)
        depthwise = try options.weight("depthwise", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        activityRegularizer = try options.activityRegularizer()
        try options.requireOneGroup()
    }

    public var options: Options {
        var options: Options = [
            "depth_multiplier": .int(depthMultiplier), "kernel_size": OptionValue(kernelSize),
            "strides": OptionValue(strides), "padding": .string(padding.rawValue), "data_format": "channels_last",
            "dilation_rate": OptionValue(dilationRate), "activation": activation.optionValue,
            "use_bias": .bool(useBias),
        ]
        options.append(weights: [("depthwise", depthwise), ("bias", bias)], activityRegularizer: activityRegularizer)
        return options
    }

    private var sliding: SlidingWindow {
        SlidingWindow(
            layer: Self.kerasName, kernel: kernelSize, strides: strides, dilation: dilationRate, padding: padding,
            allowsDilatedStrides: true)
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let extents = try sliding.positions(over: input)
        return Shape([input[0]] + extents + [input[2] * depthMultiplier])
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int { sliding.temporaries(for: inputs[0]) }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShape(for: input)
        let channels = input[2]
        let kernel = depthwise.spec("kernel", Shape(kernelSize + [channels, depthMultiplier]))
        return useBias ? [kernel, bias.spec("bias", [channels * depthMultiplier])] : [kernel]
    }

    // MARK: z = x ⋆ kernel + bias,  y = activation(z)

    public func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        sliding.depthwise(x, kernels[0], bias: bias, relu: relu, on: pool)
    }

    // MARK: dx = dz ⋆ᵀ kernel,  dkernel = x ⋆ dz,  dbias = Σ dz

    public func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor]) {
        let found = sliding.depthwiseGradients(dz, x, kernels[0], wantsInput: wantsInput, on: pool)
        return (found.input, [found.kernel])
    }
}
