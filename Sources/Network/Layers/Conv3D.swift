import Tensors

/// A convolution over volumes: `y = activation(x ⋆ kernel + bias)`; Keras' `Conv3D`.
///
/// The input has shape `[batch, depth, height, width, channels]`, the output `[batch, depth′, height′, width′, filters]`; `kernel` has
/// shape `[planes, rows, columns, channels / groups, filters]`, `bias` `[filters]`. The kernel is not flipped.
public struct Conv3D: SlidingConvolution {
    public static let kerasName = "Conv3D"
    public static let axes = 3

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
        filters: Int, kernelSize: [Int], strides: [Int] = [1, 1, 1], padding: Padding = .valid,
        dilationRate: [Int] = [1, 1, 1], groups: Int = 1, activation: Activation = .linear, useBias: Bool = true,
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

    /// The convolution of planes that one plane of the kernel makes.
    private var planes: SlidingWindow {
        SlidingWindow(
            layer: Self.kerasName, kernel: Array(kernelSize[1...]), strides: Array(strides[1...]),
            dilation: Array(dilationRate[1...]), padding: padding)
    }

    private func meetings(_ input: Shape) -> [VolumePlanes.Meeting] {
        let window = Window1D(kernel: kernelSize[0], stride: strides[0], dilation: dilationRate[0])
        return (0..<kernelSize[0]).map { tap in
            VolumePlanes.meeting(
                tap: tap, stride: strides[0], dilation: dilationRate[0],
                before: window.zeros(along: input[1], padding).before, wide: input[1],
                narrow: window.positions(along: input[1], padding))
        }
    }

    private func planeShape(_ input: Shape) -> Shape { Shape(input.prefix(1) + input.suffix(3)) }

    // MARK: z[d] = Σ x[d · stride + a · dilation − zeros] ⋆ kernel[a] + bias,  y = activation(z)

    public func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        let window = planes.window(over: planeShape(x.shape))
        let depth = Window1D(kernel: kernelSize[0], stride: strides[0], dilation: dilationRate[0])
            .positions(along: x.shape[1], padding)
        let extents = window.outputExtents(height: x.shape[2], width: x.shape[3])
        var z = Tensor([x.shape[0], depth, extents.height, extents.width, filters])
        for (tap, meeting) in meetings(x.shape).enumerated() where !meeting.wide.isEmpty {
            let part = convolution2D(
                VolumePlanes.planes(x, meeting.wide), VolumePlanes.plane(kernels[0], tap), window, groups: groups,
                on: pool)
            VolumePlanes.add(part, to: &z, meeting.narrow)
        }
        let shifted = bias.map { addingRow(z, $0, on: pool) } ?? z
        return relu ? Tensors.relu(shifted, on: pool) : shifted
    }

    // MARK: dx[…] = Σ dz[d] ⋆ᵀ kernel[a],  dkernel[a] = Σ x[…] ⋆ dz[d],  dbias = Σ dz

    public func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor]) {
        let window = planes.window(over: planeShape(x.shape))
        let shape = Shape(Array(kernels[0].shape.dropFirst()))
        var dx = Tensor(wantsInput ? x.shape : [0])
        var dkernels: [Tensor] = []
        for (tap, meeting) in meetings(x.shape).enumerated() {
            guard !meeting.wide.isEmpty else {
                dkernels.append(Tensor(shape))
                continue
            }
            let (inside, dpart) = (VolumePlanes.planes(x, meeting.wide), VolumePlanes.planes(dz, meeting.narrow))
            dkernels.append(
                convolution2DKernelGradient(dpart, inside, kernelShape: shape, window, groups: groups, on: pool))
            guard wantsInput else { continue }
            let back = convolution2DInputGradient(
                dpart, VolumePlanes.plane(kernels[0], tap), inputShape: inside.shape, window, groups: groups, on: pool)
            VolumePlanes.add(back, to: &dx, meeting.wide)
        }
        return (wantsInput ? dx : nil, [VolumePlanes.stacked(dkernels, kernels[0].shape)])
    }
}
