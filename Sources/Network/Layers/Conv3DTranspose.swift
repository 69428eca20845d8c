import Tensors

/// The adjoint of a convolution, which makes volumes larger; Keras' `Conv3DTranspose`.
///
///     y[o] = activation(Σ x[i] · kernel[a] + bias)   over all i, a with i · stride + a · dilation − crop = o
///
/// The input has shape `[batch, depth, height, width, channels]`, the output `[batch, depth′, height′, width′, filters]`; `kernel` has shape
/// `[planes, rows, columns, filters, channels]`, `bias` `[filters]`.
public struct Conv3DTranspose: SpreadingConvolution {
    public static let kerasName = "Conv3DTranspose"
    public static let axes = 3

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
        filters: Int, kernelSize: [Int], strides: [Int] = [1, 1, 1], padding: Padding = .valid,
        outputPadding: [Int]? = nil, dilationRate: [Int] = [1, 1, 1], activation: Activation = .linear,
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

    /// The spreading of planes that one plane of the kernel makes.
    private var planes: SpreadingWindow {
        SpreadingWindow(
            layer: Self.kerasName, kernel: Array(kernelSize[1...]), strides: Array(strides[1...]),
            dilation: Array(dilationRate[1...]), padding: padding, outputPadding: outputPadding.map { Array($0[1...]) },
            filters: filters)
    }

    private func meetings(_ input: Shape) -> [VolumePlanes.Meeting] {
        let (depth, crop) = spreading.outputExtent(axis: 0, of: input[1])
        return (0..<kernelSize[0]).map { tap in
            VolumePlanes.meeting(
                tap: tap, stride: strides[0], dilation: dilationRate[0], before: crop, wide: depth, narrow: input[1])
        }
    }

    // MARK: z[i · stride + a · dilation − crop] = Σ x[i] ⋆ᵀ kernel[a] + bias,  y = activation(z)

    public func convolved(_ x: Tensor, _ kernels: [Tensor], bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        var extents = [x.shape[0]]
        for axis in 0..<3 { extents.append(spreading.outputExtent(axis: axis, of: x.shape[axis + 1]).extent) }
        var z = Tensor(Shape(extents + [filters]))
        for (tap, meeting) in meetings(x.shape).enumerated() where !meeting.wide.isEmpty {
            let part = planes.spread(
                VolumePlanes.planes(x, meeting.narrow), VolumePlanes.plane(kernels[0], tap), on: pool)
            VolumePlanes.add(part, to: &z, meeting.wide)
        }
        let shifted = bias.map { addingRow(z, $0, on: pool) } ?? z
        return relu ? Tensors.relu(shifted, on: pool) : shifted
    }

    // MARK: dx[i] = Σ dz[…] ⋆ kernel[a],  dkernel[a] = Σ dz[…] ⋆ x[i],  dbias = Σ dz

    public func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernels: [Tensor], wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernels: [Tensor]) {
        var dx = Tensor(wantsInput ? x.shape : [0])
        var dkernels: [Tensor] = []
        for (tap, meeting) in meetings(x.shape).enumerated() {
            let kernel = VolumePlanes.plane(kernels[0], tap)
            guard !meeting.wide.isEmpty else {
                dkernels.append(Tensor(kernel.shape))
                continue
            }
            let found = planes.gradients(
                VolumePlanes.planes(dz, meeting.wide), VolumePlanes.planes(x, meeting.narrow), kernel,
                wantsInput: wantsInput, on: pool)
            dkernels.append(found.kernel)
            if let back = found.input { VolumePlanes.add(back, to: &dx, meeting.narrow) }
        }
        return (wantsInput ? dx : nil, [VolumePlanes.stacked(dkernels, kernels[0].shape)])
    }
}
