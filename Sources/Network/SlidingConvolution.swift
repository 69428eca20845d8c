import Tensors

/// A convolution whose one kernel slides over the input: Conv1D, Conv2D and Conv3D, which have the same options.
public protocol SlidingConvolution: Convolution {
    /// How many axes the kernel has besides channels and filters.
    static var axes: Int { get }
    /// Whether the padding may be causal.
    static var allowsCausal: Bool { get }

    var filters: Int { get }
    var kernelSize: [Int] { get }
    var strides: [Int] { get }
    var padding: Padding { get }
    var dilationRate: [Int] { get }
    var groups: Int { get }
    var kernel: WeightOptions { get }
    var bias: WeightOptions { get }

    init(
        filters: Int, kernelSize: [Int], strides: [Int], padding: Padding, dilationRate: [Int], groups: Int,
        activation: Activation, useBias: Bool, kernel: WeightOptions, bias: WeightOptions,
        activityRegularizer: Regularizer?)
}

extension SlidingConvolution {
    public static var allowsCausal: Bool { false }

    public init(from options: inout OptionReader) throws(OptionError) {
        let ones = Array(repeating: 1, count: Self.axes)
        try options.requireChannelsLast()
        self.init(
            filters: try options.ints("filters", count: 1, default: nil)[0],
            kernelSize: try options.ints("kernel_size", count: Self.axes, default: nil),
            strides: try options.ints("strides", count: Self.axes, default: ones),
            padding: try options.padding(allowsCausal: Self.allowsCausal),
            dilationRate: try options.ints("dilation_rate", count: Self.axes, default: ones),
            groups: try options.ints("groups", count: 1, default: [1])[0], activation: try options.activation(),
            useBias: try options.bool("use_bias", default: true),
            kernel: try options.weight("kernel", default: .glorotUniform),
            bias: try options.weight("bias", default: .zeros),
            activityRegularizer: try options.activityRegularizer())
    }

    public var options: Options {
        var options: Options = [
            "filters": .int(filters), "kernel_size": OptionValue(kernelSize), "strides": OptionValue(strides),
            "padding": .string(padding.rawValue), "data_format": "channels_last",
            "dilation_rate": OptionValue(dilationRate), "groups": .int(groups), "activation": activation.optionValue,
            "use_bias": .bool(useBias),
        ]
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: activityRegularizer)
        return options
    }

    /// The kernel's way over the input.
    var sliding: SlidingWindow {
        SlidingWindow(
            layer: "\(Self.kerasName)(\(filters))", kernel: kernelSize, strides: strides, dilation: dilationRate,
            padding: padding)
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try sliding.outputExtents(for: input, channelsInGroups: groups, filters: filters)
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int { sliding.temporaries(for: inputs[0]) }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShape(for: input)
        let kernel = kernel.spec("kernel", Shape(kernelSize + [input[Self.axes + 1] / groups, filters]))
        return useBias ? [kernel, bias.spec("bias", [filters])] : [kernel]
    }
}
