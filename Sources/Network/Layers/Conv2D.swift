import Tensors

/// A convolution over images: `y = activation(x ⋆ kernel + bias)`; Keras' `Conv2D`.
///
/// The input has shape `[batch, height, width, channels]`, the output `[batch, height′, width′, filters]`; `kernel` has
/// shape `[rows, columns, channels / groups, filters]`, `bias` `[filters]`. The kernel is not flipped.
public struct Conv2D: SlidingConvolution {
    public static let kerasName = "Conv2D"
    public static let axes = 2

    public var filters: Int
    public var kernelSize: [Int]
    public var strides: [Int]
    public var padding: Padding
    public var dilationRate: [Int]
    /// Input channels and filters are cut into this many blocks that do not see each other.
    public var groups: Int
    public var activation: Activation
    public var useBias: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var activityRegularizer: Regularizer?

    public init(
        filters: Int, kernelSize: [Int], strides: [Int] = [1, 1], padding: Padding = .valid,
        dilationRate: [Int] = [1, 1], groups: Int = 1, activation: Activation = .linear, useBias: Bool = true,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        activityRegularizer: Regularizer? = nil
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.dilationRate = dilationRate
        self.groups = groups
        self.activation = activation
        self.useBias = useBias
        self.kernel = kernel
        self.bias = bias
        self.activityRegularizer = activityRegularizer
    }

    /// The window as it lies over an image, for plans that compute the layer in their own way.
    public func window(over input: Shape) -> Window2D { sliding.window(over: input) }

    // MARK: z = x ⋆ kernel + bias,  y = activation(z)

    public func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        convolution2D(
            x, kernels[0], bias: bias, sliding.window(over: x.shape), groups: groups, relu: relu, on: pool)
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        guard activation == .relu, useBias, !context.wantsInputGradients,
            let found = convolution2DRectifiedGradients(
                dy, y: pass.y, pass.x, kernelShape: weights[0].shape, window(over: pass.x.shape), groups: groups,
                on: context.pool)
        else { return plainBackward(dy, pass, weights, context) }
        return Gradients(input: nil, weights: [found.kernel, found.bias])
    }

    // MARK: dx = dz ⋆ᵀ kernel,  dkernel = x ⋆ dz,  dbias = Σ dz

    public func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor]) {
        let window = sliding.window(over: x.shape)
        var dx: Tensor?
        if wantsInput {
            dx = convolution2DInputGradient(dz, kernels[0], inputShape: x.shape, window, groups: groups, on: pool)
        }
        let dkernel = convolution2DKernelGradient(
            dz, x, kernelShape: kernels[0].shape, window, groups: groups, on: pool)
        return (dx, [dkernel])
    }
}
