import Tensors

/// A convolution over sequences: `y = activation(x ⋆ kernel + bias)`; Keras' `Conv1D`.
///
/// The input has shape `[batch, length, channels]`, the output `[batch, length′, filters]`; `kernel` has
/// shape `[length, channels / groups, filters]`, `bias` `[filters]`. The kernel is not flipped.
public struct Conv1D: SlidingConvolution {
    public static let kerasName = "Conv1D"
    public static let axes = 1
    public static let allowsCausal = true

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
        filters: Int, kernelSize: [Int], strides: [Int] = [1], padding: Padding = .valid,
        dilationRate: [Int] = [1], groups: Int = 1, activation: Activation = .linear, useBias: Bool = true,
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

    /// The kernel as one for images of one row.
    private func rowKernel(_ kernel: Tensor) -> Tensor { kernel.reshaped(to: [1] + kernel.shape) }

    // MARK: z = x ⋆ kernel + bias,  y = activation(z)

    public func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        let z = convolution2D(
            x.reshaped(to: sliding.image(x.shape)), rowKernel(kernels[0]), bias: bias, sliding.window(over: x.shape),
            groups: groups, relu: relu, on: pool)
        return z.reshaped(to: [z.shape[0], z.shape[2], z.shape[3]])
    }

    // MARK: dx = dz ⋆ᵀ kernel,  dkernel = x ⋆ dz,  dbias = Σ dz

    public func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor]) {
        let (window, image) = (sliding.window(over: x.shape), sliding.image(x.shape))
        let dz = dz.reshaped(to: sliding.image(dz.shape))
        let kernel = rowKernel(kernels[0])
        var dx: Tensor?
        if wantsInput {
            dx = convolution2DInputGradient(dz, kernel, inputShape: image, window, groups: groups, on: pool)
                .reshaped(to: x.shape)
        }
        let dkernel = convolution2DKernelGradient(
            dz, x.reshaped(to: image), kernelShape: kernel.shape, window, groups: groups, on: pool)
        return (dx, [dkernel.reshaped(to: kernels[0].shape)])
    }
}
