import Tensors

/// The geometry of a transposed convolution, channels last: each cell of the input is spread over a window.
///
///     spread = (n − 1) · stride + span
///     output = spread − 2 · P + outputPadding, or by default n · stride (same), spread + max(stride − span, 0) (valid)
///
/// with `P = ⌊span / 2⌋` for same and 0 for valid; `crop = ⌊(spread − output) / 2⌋` cells before are left out.
struct SpreadingWindow {
    var layer: String
    var kernel: [Int]
    var strides: [Int]
    var dilation: [Int]
    var padding: Padding
    var outputPadding: [Int]?
    var filters: Int

    /// The output's extent along an axis.
    private func extent(_ axis: Int, _ n: Int) -> Int {
        let span = (kernel[axis] - 1) * dilation[axis] + 1
        let spread = (n - 1) * strides[axis] + span
        switch (padding, outputPadding) {
        case (.same, let extra?): return spread - 2 * (span / 2) + extra[axis]
        case (.same, nil): return n * strides[axis]
        case (_, let extra?): return spread + extra[axis]
        case (_, nil): return spread + max(strides[axis] - span, 0)
        }
    }

    /// The output's extent along an axis, and how many cells before it are left out.
    func outputExtent(axis: Int, of n: Int) -> (extent: Int, crop: Int) {
        let spread = (n - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1
        let output = extent(axis, n)
        return (output, padding == .same ? max(spread - output, 0) / 2 : 0)
    }

    /// The numbers of an image that all windows reach, before its edges are left out.
    func temporaries(for input: Shape) -> Int {
        let spread = kernel.indices.map { axis in
            ShapeLimits.sum(
                ShapeLimits.product(input[axis + 1], strides[axis]), ShapeLimits.product(kernel[axis], dilation[axis]))
        }
        return ShapeLimits.product(2, ShapeLimits.product(spread), filters)
    }

    func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let sliding = SlidingWindow(
            layer: layer, kernel: kernel, strides: strides, dilation: dilation, padding: .same)
        _ = try sliding.positions(over: input)
        let extents = kernel.indices.map { axis in
            input[axis + 1] == Shape.unknown ? Shape.unknown : extent(axis, input[axis + 1])
        }
        guard extents.allSatisfy({ $0 > 0 || $0 == Shape.unknown }) else {
            throw ShapeError(layer: layer, expected: "an input that leaves an output", found: input)
        }
        return Shape([input[0]] + extents + [filters])
    }

    /// The convolution that this one is the adjoint of, over an image of a shape that its windows reach, and how many
    /// rows and columns the output has beyond it.
    private func adjoint(of input: Shape) -> (window: Window2D, image: Shape, beyond: Padding2D) {
        var sides: [(before: Int, after: Int, reached: Int, beyond: Int)] = kernel.indices.map { axis in
            let spread = (input[axis + 1] - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1
            let (output, before) = outputExtent(axis: axis, of: input[axis + 1])
            let after = spread - before - output
            return (before, max(after, 0), output + min(after, 0), max(-after, 0))
        }
        if sides.count == 1 { sides.insert((0, 0, 1, 0), at: 0) }
        func pair(_ option: [Int]) -> [Int] { option.count == 1 ? [1, option[0]] : option }
        let window = Window2D(
            kernel: pair(kernel), strides: pair(strides), dilation: pair(dilation),
            padding: Padding2D(
                top: sides[0].before, left: sides[1].before, bottom: sides[0].after, right: sides[1].after))
        return (
            window, [input[0], sides[0].reached, sides[1].reached, filters],
            Padding2D(top: 0, left: 0, bottom: sides[0].beyond, right: sides[1].beyond)
        )
    }

    /// The transposed convolution, without bias.
    func spread(_ x: Tensor, _ kernel: Tensor, on pool: WorkerPool) -> Tensor {
        let (window, image, beyond) = adjoint(of: x.shape)
        let z = convolution2DInputGradient(
            asImage(x), asImageKernel(kernel), inputShape: image, window, on: pool)
        let padded = beyond == .zero ? z : padded2D(z, beyond, on: pool)
        let extents = self.kernel.indices.map { extent($0, x.shape[$0 + 1]) }
        return padded.reshaped(to: Shape([x.shape[0]] + extents + [filters]))
    }

    /// The gradients of ``spread(_:_:on:)`` with respect to input and kernel.
    func gradients(
        _ dz: Tensor, _ x: Tensor, _ kernel: Tensor, wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernel: Tensor) {
        let (window, _, beyond) = adjoint(of: x.shape)
        let reached = beyond == .zero ? asImage(dz) : cropped2D(asImage(dz), beyond, on: pool)
        let wide = asImageKernel(kernel)
        var dx: Tensor?
        if wantsInput { dx = convolution2D(reached, wide, window, on: pool).reshaped(to: x.shape) }
        let dkernel = convolution2DKernelGradient(asImage(x), reached, kernelShape: wide.shape, window, on: pool)
        return (dx, dkernel.reshaped(to: kernel.shape))
    }

    /// A sequence as an image of one row.
    private func asImage(_ x: Tensor) -> Tensor {
        kernel.count == 1 ? x.reshaped(to: [x.shape[0], 1, x.shape[1], x.shape[2]]) : x
    }

    private func asImageKernel(_ kernel: Tensor) -> Tensor {
        self.kernel.count == 1 ? kernel.reshaped(to: [1] + kernel.shape) : kernel
    }
}
