import CKernels

extension ConvolutionShape {
    /// Whether lines of the image are multiplied where they lie: few channels are not worth gathering.
    var gradientGoesByLines: Bool {
        groups == 1 && !isDepthwise && window.dilation.width == 1 && window.kernel.width * channels <= 32
            && outputWidth >= 8
    }

    /// The gradient by the kernel line by line: for each line of the window, pixels × cells, transposed, times pixels × units.
    ///
    /// - Parameters:
    ///   - rectified: the convolution's output, where a rectifier ends it: `dy` counts where that is above zero.
    ///   - bias: where the gradient by the bias goes, if it is wanted.
    func kernelGradientByLines(
        _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, rectified: UnsafePointer<Float>? = nil,
        into dw: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>? = nil, on pool: WorkerPool
    ) {
        let lines = ImageLines(self, x)
        let panelWidth = Int(pool.gemm.nr)
        let padded = (units + panelWidth - 1) / panelWidth * panelWidth
        let rows = window.kernel.width * channels
        let size = window.kernel.height * rows * units
        // Each part sums over its own lines; how many parts depends on the extents alone.
        let parts = max(1, min(16, lines.tasks))
        let wantsBias = bias != nil
        var biasSums = [Double](repeating: 0, count: wantsBias ? parts * units : 0)
        nonisolated(unsafe) let (dy, rectified) = (dy, rectified)
        nonisolated(unsafe) let sums = Scratch.floats(parts * size, for: .partials)
        biasSums.withUnsafeMutableBufferPointer { biasSums in
            nonisolated(unsafe) let biasSums = biasSums.baseAddress
            pool.run(parts) { part in
                let target = sums + part * size
                target.update(repeating: 0, count: size)
                for task in part * lines.tasks / parts..<(part + 1) * lines.tasks / parts {
                    let (n, range, start) = lines.lines(task)
                    for (i, line) in range.enumerated() {
                        let place = (n * outputHeight + line) * outputWidth * units
                        var b = dy + place
                        var stride = units
                        if padded != units || rectified != nil {
                            b = prepared(b, rectified: rectified.map { $0 + place }, width: padded)
                            stride = padded
                        }
                        if wantsBias, let biasSums {
                            for pixel in 0..<outputWidth where stride != units {
                                for j in 0..<units { biasSums[part * units + j] += Double(b[pixel * stride + j]) }
                            }
                            if stride == units {
                                pool.functions.add_rows(b, outputWidth, units, biasSums + part * units)
                            }
                        }
                        multiplyLine(b, padded, start, i, rows, lines.lineStride, into: target, on: pool)
                    }
                }
            }
        }
        dw.update(from: sums, count: size)
        for part in 1..<max(parts, 1) { for i in 0..<size { dw[i] += sums[part * size + i] } }
        guard let bias else { return }
        for j in 0..<units { bias[j] = Float((0..<parts).reduce(0) { $0 + biasSums[$1 * units + j] }) }
    }

    /// One line of output pixels against the lines of the image under it.
    private func multiplyLine(
        _ b: UnsafePointer<Float>, _ width: Int, _ start: UnsafePointer<Float>, _ line: Int, _ rows: Int,
        _ lineStride: Int, into target: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let panelWidth = Int(pool.gemm.nr)
        var call = ck_panel()
        (call.k, call.a_row, call.a_step) = (outputWidth, 1, window.strides.width * channels)
        (call.b_step, call.c_row, call.rows, call.accumulate) = (width, units, rows, 1)
        for row in 0..<window.kernel.height {
            call.a = start + (line * window.strides.height + row * window.dilation.height) * lineStride
            for column in stride(from: 0, to: units, by: panelWidth) {
                call.b = b + column
                call.c = target + row * rows * units + column
                call.columns = min(panelWidth, units - column)
                pool.gemm.run(&call)
            }
        }
    }

    /// A line of gradients in this thread's scratch memory: zero where the rectifier gave zero, and in what the width of
    /// a panel leaves over behind the units of each pixel.
    private func prepared(
        _ line: UnsafePointer<Float>, rectified: UnsafePointer<Float>?, width: Int
    ) -> UnsafePointer<Float> {
        let copy = Scratch.floats(outputWidth * width, for: .tiles)
        for pixel in 0..<outputWidth {
            let (source, target) = (line + pixel * units, copy + pixel * width)
            if let rectified {
                let y = rectified + pixel * units
                for j in 0..<units {
                    let given = source[j]  // read in any case, for vectors
                    target[j] = y[j] > 0 ? given : 0
                }
            } else {
                target.update(from: source, count: units)
            }
            (target + units).update(repeating: 0, count: width - units)
        }
        return UnsafePointer(copy)
    }
}

/// The gradients of `relu(x ⋆ kernel + bias)` by its kernel and bias, where none by the input is wanted: a first layer.
///
/// - Parameters:
///   - dy: `[batch, output height, output width, units]`.
///   - y: the output, of the same shape.
/// - Returns: nil where this has no faster way than ``reluGradient(_:_:maximum:negativeSlope:threshold:on:)``,
///   ``convolution2DKernelGradient(_:_:kernelShape:_:groups:algorithm:on:)`` and ``sumRows(_:on:)`` one after another.
public func convolution2DRectifiedGradients(
    _ dy: Tensor, y: Tensor, _ x: Tensor, kernelShape: Shape, _ window: Window2D, groups: Int = 1,
    on pool: WorkerPool
) -> (kernel: Tensor, bias: Tensor)? {
    let shape = ConvolutionShape(input: x.shape, kernel: kernelShape, window, groups: groups)
    precondition(dy.shape == shape.output && y.shape == dy.shape, "the gradient's shape is \(dy.shape)")
    guard shape.gradientGoesByLines, !shape.usesWinograd(.automatic, on: pool) else { return nil }
    let (kernel, bias) = (Tensor(uninitialized: kernelShape), Tensor(uninitialized: [shape.units]))
    shape.kernelGradientByLines(
        dy.address.start, x.address.start, rectified: UnsafePointer(y.address.start), into: kernel.address.start,
        bias: bias.address.start, on: pool)
    withExtendedLifetime((dy, y, x)) {}
    return (kernel, bias)
}
