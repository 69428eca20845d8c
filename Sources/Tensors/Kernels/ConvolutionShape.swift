/// The extents of a convolution, checked once.
struct ConvolutionShape: Sendable {
    let batch: Int
    let height: Int, width: Int, channels: Int
    let outputHeight: Int, outputWidth: Int, units: Int
    let window: Window2D
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

    var output: Shape { [batch, outputHeight, outputWidth, units] }
    /// Pixels of the output, over the whole batch.
    var outputPixels: Int { batch * outputHeight * outputWidth }
    /// Channels of one group.
    var groupChannels: Int { channels / groups }
    /// Units of one group.
    var groupUnits: Int { units / groups }
    /// Cells of the kernel.
    var cells: Int { window.kernel.height * window.kernel.width }
}
