import Tensors

extension SlidingWindow {
    /// A convolution of each channel apart, with a kernel `[…, channels, multiplier]`.
    ///
    /// It is a convolution in as many groups as channels, whose kernel is the same memory.
    func depthwise(_ x: Tensor, _ kernel: Tensor, bias: Tensor?, relu: Bool, on pool: WorkerPool) -> Tensor {
        let channels = x.shape[x.shape.count - 1]
        let z = convolution2D(
            x.reshaped(to: image(x.shape)), grouped(kernel), bias: bias, window(over: x.shape), groups: channels,
            relu: relu, on: pool)
        return self.kernel.count == 1 ? z.reshaped(to: [z.shape[0], z.shape[2], z.shape[3]]) : z
    }

    /// The gradients of ``depthwise(_:_:bias:relu:on:)`` with respect to input and kernel.
    func depthwiseGradients(
        _ dz: Tensor, _ x: Tensor, _ kernel: Tensor, wantsInput: Bool, on pool: WorkerPool
    ) -> (input: Tensor?, kernel: Tensor) {
        let channels = x.shape[x.shape.count - 1]
        let (window, image) = (window(over: x.shape), image(x.shape))
        let (dz, grouped) = (dz.reshaped(to: self.image(dz.shape)), grouped(kernel))
        var dx: Tensor?
        if wantsInput {
            dx = convolution2DInputGradient(dz, grouped, inputShape: image, window, groups: channels, on: pool)
                .reshaped(to: x.shape)
        }
        let dkernel = convolution2DKernelGradient(
            dz, x.reshaped(to: image), kernelShape: grouped.shape, window, groups: channels, on: pool)
        return (dx, dkernel.reshaped(to: kernel.shape))
    }

    private func grouped(_ kernel: Tensor) -> Tensor {
        let size = kernel.shape.dropLast(2)
        let outputs = kernel.shape.suffix(2).reduce(1, *)
        return kernel.reshaped(to: Shape((size.count == 1 ? [1] : []) + size + [1, outputs]))
    }
}

extension OptionReader {
    /// The option `groups`, which tf_keras writes for convolutions that have none.
    mutating func requireOneGroup() throws(OptionError) {
        _ = try optional("groups", "1") { $0.int == 1 ? true : nil }
    }

    /// The option `output_padding` of transposed convolutions; Keras wants it below the strides.
    mutating func outputPadding(below strides: [Int]) throws(OptionError) -> [Int]? {
        try optional("output_padding", "null or whole numbers ≥ 0 below the strides") { value in
            let list =
                value.int.map { Array(repeating: $0, count: strides.count) } ?? value.array?.compactMap(\.int) ?? []
            guard list.count == strides.count else { return nil }
            return zip(list, strides).allSatisfy { $0 >= 0 && $0 < $1 } ? list : nil
        }
    }
}
