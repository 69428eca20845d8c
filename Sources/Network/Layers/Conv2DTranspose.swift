import Tensors

/// The adjoint of a convolution, which makes images larger; Keras' `Conv2DTranspose`.
///
///     y[o] = activation(Σ x[i] · kernel[a] + bias)   over all i, a with i · stride + a · dilation − crop = o
///
/// The input has shape `[batch, height, width, channels]`, the output `[batch, height′, width′, filters]`; `kernel` has shape
/// `[rows, columns, filters, channels]`, `bias` `[filters]`.
public struct Conv2DTranspose: SpreadingConvolution {
    public static let kerasName = "Conv2DTranspose"
    public static let axes = 2

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
        filters: Int, kernelSize: [Int], strides: [Int] = [1, 1], padding: Padding = .valid,
        outputPadding: [Int]? = nil, dilationRate: [Int] = [1, 1], activation: Activation = .linear,
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
}
