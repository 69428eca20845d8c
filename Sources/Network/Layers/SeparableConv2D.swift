import Tensors

/// A convolution of each channel apart, then one that mixes them place by place; Keras' `SeparableConv2D`.
///
///     y = activation(x ⋆ depthwise ⋆ pointwise + bias)
///
/// The input has shape `[batch, height, width, channels]`, the output `[batch, height′, width′, filters]`; the weights are
/// `depthwise_kernel` `[rows, columns, channels, depthMultiplier]`, `pointwise_kernel`
/// `[1, 1, channels · depthMultiplier, filters]` and `bias` `[filters]`.
public struct SeparableConv2D: Convolution {
    public static let kerasName = "SeparableConv2D"

    public var filters: Int
    public var kernelSize: [Int]
    public var strides: [Int]
    public var padding: Padding
    public var dilationRate: [Int]
    /// How many channels the depthwise convolution gives for each channel of the input.
    public var depthMultiplier: Int
    public var activation: Activation
    public var useBias: Bool
    public var depthwise: WeightOptions
    public var pointwise: WeightOptions
    public var bias: WeightOptions
    public var activityRegularizer: Regularizer?

    public init(
        filters: Int, kernelSize: [Int], strides: [Int] = [1, 1], padding: Padding = .valid,
        dilationRate: [Int] = [1, 1], depthMultiplier: Int = 1, activation: Activation = .linear,
        useBias: Bool = true, depthwise: WeightOptions = WeightOptions(.glorotUniform),
        pointwise: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        activityRegularizer: Regularizer? = nil
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.dilationRate = dilationRate
        self.depthMultiplier = depthMultiplier
        self.activation = activation
        self.useBias = useBias
        self.depthwise = depthwise
        self.pointwise = pointwise
        self.bias = bias
        self.activityRegularizer = activityRegularizer
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        filters = try options.ints("filters", count: 1, default: nil)[0]
        kernelSize = try options.ints("kernel_size", count: 2, default: nil)
        strides = try options.ints("strides", count: 2, default: [1, 1])
        padding = try options.padding()
        try options.requireChannelsLast()
        dilationRate = try options.ints("dilation_rate", count: 2, default: [1, 1])
        depthMultiplier = try options.ints("depth_multiplier", count: 1, default: [1])[0]
        activation = try options.activation()
        useBias = try options.bool("use_bias", default: true)
        depthwise = try options.weight("depthwise", default: .glorotUniform)
        pointwise = try options.weight("pointwise", default: .glorotUniform)
        bias = try options.weight("bias", default: .zeros)
        activityRegularizer = try options.activityRegularizer()
        try options.requireOneGroup()
        // tf_keras writes the options of a kernel that this layer does not have.
        options.ignore("kernel_initializer", "kernel_regularizer", "kernel_constraint")
    }

    public var options: Options {
        var options: Options = [
            "depth_multiplier": .int(depthMultiplier), "filters": .int(filters),
            "kernel_size": OptionValue(kernelSize), "strides": OptionValue(strides),
            "padding": .string(padding.rawValue), "data_format": "channels_last",
            "dilation_rate": OptionValue(dilationRate), "activation": activation.optionValue,
            "use_bias": .bool(useBias),
        ]
        options.append(
            weights: [("depthwise", depthwise), ("pointwise", pointwise), ("bias", bias)],
            activityRegularizer: activityRegularizer)
        return options
    }

    private var sliding: SlidingWindow {
        SlidingWindow(
            layer: "SeparableConv2D(\(filters))", kernel: kernelSize, strides: strides, dilation: dilationRate,
            padding: padding)
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try sliding.outputExtents(for: input, channelsInGroups: 1, filters: filters)
    }

    /// What the depthwise kernels give.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        let places = try outputShape(for: inputs[0]).dropLast()
        return ShapeLimits.sum(
            sliding.temporaries(for: inputs[0]),
            ShapeLimits.product(ShapeLimits.product(places), inputs[0][inputs[0].count - 1], depthMultiplier, 2))
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShape(for: input)
        let channels = input[3]
        let kernels = [
            depthwise.spec("depthwise_kernel", Shape(kernelSize + [channels, depthMultiplier])),
            pointwise.spec("pointwise_kernel", [1, 1, channels * depthMultiplier, filters]),
        ]
        return useBias ? kernels + [bias.spec("bias", [filters])] : kernels
    }

    /// The pointwise kernel as a matrix.
    private func matrix(_ kernel: Tensor) -> Tensor { kernel.reshaped(to: [kernel.shape[2], filters]) }

    // MARK: z = (x ⋆ depthwise) · pointwise + bias,  y = activation(z)

    public func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        let middle = sliding.depthwise(x, kernels[0], bias: nil, relu: false, on: pool)
        return dense(middle, matrix(kernels[1]), bias: bias, relu: relu, on: pool)
    }

    // MARK: dm = dz · pointwiseᵀ,  dpointwise = mᵀ · dz,  where m = x ⋆ depthwise;  dx, ddepthwise from dm;  dbias = Σ dz

    public func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor]) {
        let middle = sliding.depthwise(x, kernels[0], bias: nil, relu: false, on: pool)
        let (pointwise, rows) = (matrix(kernels[1]), dz.count / filters)
        let (flat, dflat) = (middle.reshaped(to: [rows, pointwise.shape[0]]), dz.reshaped(to: [rows, filters]))
        let dpointwise = matmul(flat, dflat, transposingA: true, on: pool).reshaped(to: kernels[1].shape)
        let dmiddle = matmul(dflat, pointwise, transposingB: true, on: pool).reshaped(to: middle.shape)
        let found = sliding.depthwiseGradients(dmiddle, x, kernels[0], wantsInput: wantsInput, on: pool)
        return (found.input, [found.kernel, dpointwise])
    }
}
