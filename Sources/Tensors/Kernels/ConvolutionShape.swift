/// The extents of a convolution, checked once.
struct ConvolutionShape: Sendable {
    let batch: Int
    private(set) var height: Int, width: Int, channels: Int
    private(set) var outputHeight: Int, outputWidth: Int, units: Int
    private(set) var window: Window2D
    let groups: Int

    init(input: Shape, kernel: Shape, _ window: Window2D, groups: Int) {
        precondition(input.count == 4, "a convolution takes [batch, height, width, channels], not \(input)")
        precondition(
            kernel.count == 4 && kernel[0] == window.kernel.height && kernel[1] == window.kernel.width
                && groups > 0 && kernel[2] * groups == input[3] && kernel[3] % groups == 0,
            "a kernel of shape \(kernel) in \(groups) groups does not fit an input of shape \(input)")
        (batch, height, width, channels) = (input[0], input[1], input[2], input[3])
        let extents = window.outputExtents(height: height, width: width)
        (outputHeight, outputWidth, units) = (extents.height, extents.width, kernel[3])
        self.window = window
        self.groups = groups
    }

    /// The adjoint, for strides of 1: from the output back to the input, the kernel turned around.
    ///
    /// Nil where the padding is larger than the window, or the strides are not 1.
    var adjoint: ConvolutionShape? {
        let (span, padding) = (window.span, window.padding)
        let turned = Padding2D(
            top: span.height - 1 - padding.top, left: span.width - 1 - padding.left,
            bottom: height + padding.top - outputHeight, right: width + padding.left - outputWidth)
        guard window.strides == (1, 1), outputHeight > 0, outputWidth > 0,
            [turned.top, turned.left, turned.bottom, turned.right].allSatisfy({ $0 >= 0 })
        else { return nil }
        var copy = self
        (copy.height, copy.width, copy.channels) = (outputHeight, outputWidth, units)
        (copy.outputHeight, copy.outputWidth, copy.units) = (height, width, channels)
        copy.window.padding = turned
        return copy
    }

    var output: Shape { [batch, outputHeight, outputWidth, units] }
    /// The output's shape after a 2×2 max pooling.
    var pooledOutput: Shape { [batch, outputHeight / 2, outputWidth / 2, units] }
    /// Pixels of the output, over the whole batch.
    var outputPixels: Int { batch * outputHeight * outputWidth }
    /// Channels of one group.
    var groupChannels: Int { channels / groups }
    /// Units of one group.
    var groupUnits: Int { units / groups }
    /// Whether every channel is a group with one unit.
    var isDepthwise: Bool { groups == channels && units == channels && groups > 1 }
    /// Cells of the kernel.
    var cells: Int { window.kernel.height * window.kernel.width }
}
