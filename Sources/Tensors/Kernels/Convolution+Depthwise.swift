import CKernels

// A convolution where every channel is on its own: no sum over channels, so no matrix product. The lanes of a register
// are channels; memory is what it waits for.

extension ConvolutionShape {
    func depthwiseForward(
        _ x: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>, _ epilogue: Epilogue,
        into y: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let columns = DepthwiseColumns(self)
        var offsets = [Int](repeating: 0, count: cells)
        setOffsets(&offsets) { $0 * width * channels }
        // What a window finds beside the image.
        let zeros = Scratch.floats(channels, for: .rows)
        zeros.update(repeating: 0, count: channels)
        nonisolated(unsafe) let (x, kernel, y, nothing) = (x, kernel, y, zeros)
        let grain = max(1, min(8, elementwiseGrain / max(1, outputWidth * channels * cells)))
        pool.run(batch * outputHeight, grain: grain) { [offsets] range in
            for line in range {
                let top = line % outputHeight * window.strides.height - window.padding.top
                depthwiseLine(
                    top, x + ((line / outputHeight * height + top) * width - window.padding.left) * channels, offsets,
                    columns, kernel, epilogue, nothing, into: y + line * outputWidth * channels, on: pool)
            }
        }
    }

    /// Sets where each cell of a window reads, counted from the window's left.
    ///
    /// - Parameter start: where a line begins, given how far it is below the window's first.
    func setOffsets(_ offsets: inout [Int], linesAt start: (_ below: Int) -> Int) {
        for cell in 0..<cells {
            let (i, j) = (cell / window.kernel.width, cell % window.kernel.width)
            offsets[cell] = start(i * window.dilation.height) + j * window.dilation.width * channels
        }
    }

    /// One line of output: the pixels inside together, those whose window reaches beside the image one by one.
    ///
    /// - Parameters:
    ///   - top: the line of the image under the window's first.
    ///   - start: the left of the window of column 0, in the line that the offsets count from.
    ///   - offsets: ``setOffsets(_:linesAt:)``.
    ///   - zeros: a pixel of zeros.
    func depthwiseLine(
        _ top: Int, _ start: UnsafePointer<Float>, _ offsets: [Int], _ columns: DepthwiseColumns,
        _ kernel: UnsafePointer<Float>, _ epilogue: Epilogue, _ zeros: UnsafePointer<Float>,
        into target: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        // The lines of the window that lie in the image: zeros above and below add nothing.
        let step = window.dilation.height
        let first = min(window.kernel.height, top < 0 ? (-top + step - 1) / step : 0)
        let last = max(first, min(window.kernel.height, top >= height ? 0 : (height - top + step - 1) / step))
        let rows = first * window.kernel.width..<last * window.kernel.width
        var call = ck_window()
        (call.x_pixel, call.y_pixel, call.channels) = (window.strides.width * channels, channels, channels)
        call.bias = epilogue.bias
        (call.relu, call.ceiling) = epilogue.clipping
        (call.cells, call.weights) = (rows.count, kernel + rows.lowerBound * channels)
        offsets.withUnsafeBufferPointer { offsets in
            call.offsets = offsets.baseAddress.map { $0 + rows.lowerBound }
            call.pixels = columns.inside.count
            call.x = start + columns.inside.lowerBound * call.x_pixel
            call.y = target + columns.inside.lowerBound * channels
            pool.windows.depthwise(&call)
            guard !columns.outside.isEmpty else { return }
            withUnsafeTemporaryAllocation(of: Int.self, capacity: max(1, rows.count)) { some in
                call.offsets = UnsafePointer(some.baseAddress)
                call.pixels = 1
                for column in columns.outside {
                    call.x = start + column * call.x_pixel
                    call.y = target + column * channels
                    for (i, cell) in rows.enumerated() {
                        let at =
                            column * window.strides.width - window.padding.left
                            + cell % window.kernel.width * window.dilation.width
                        some[i] = (0..<width).contains(at) ? offsets[cell] : zeros - call.x
                    }
                    pool.windows.depthwise(&call)
                }
            }
        }
        epilogue.afterKernel?.apply(
            to: target, rows: outputWidth, columns: channels, stride: channels, on: pool)
    }

    /// Each input pixel gathers from the output pixels whose windows cover it: no two tasks write the same one.
    func depthwiseInputGradient(
        _ dy: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        if let adjoint {
            let turned = Scratch.floats(cells * channels, for: .reordered)
            for cell in 0..<cells {
                (turned + cell * channels).update(from: kernel + (cells - 1 - cell) * channels, count: channels)
            }
            return adjoint.depthwiseForward(dy, turned, Epilogue(), into: dx, on: pool)
        }
        nonisolated(unsafe) let (dy, kernel, dx) = (dy, kernel, dx)
        pool.run(batch * height) { line in
            let row = dx + line * width * channels
            row.update(repeating: 0, count: width * channels)
            forEachWindow(over: line) { cell, output, column in
                pool.windows.multiply_add(
                    row + column * channels, dy + output * channels, kernel + cell * channels, channels)
            }
        }
    }

    func depthwiseKernelGradient(
        _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, into dw: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        // Some lines are summed together, then these sums in order: the same for any number of threads.
        let lines = batch * height
        let parts = max(1, min(16, lines))
        let size = cells * channels
        let partials = Scratch.floats(parts * size, for: .partials)
        nonisolated(unsafe) let (dy, x, sums) = (dy, x, partials)
        pool.run(parts) { part in
            let sum = sums + part * size
            sum.update(repeating: 0, count: size)
            for line in part * lines / parts..<(part + 1) * lines / parts {
                let row = x + line * width * channels
                forEachWindow(over: line) { cell, output, column in
                    pool.windows.multiply_add(
                        sum + cell * channels, dy + output * channels, row + column * channels, channels)
                }
            }
        }
        dw.update(repeating: 0, count: size)
        for part in 0..<parts { for i in 0..<size { dw[i] += partials[part * size + i] } }
    }

    /// Calls `body` for each cell of each window that covers a pixel of an input line, counted over the whole batch.
    ///
    /// - Parameter body: the cell, the output pixel counted over the batch, the input pixel's column.
    @inline(__always)
    private func forEachWindow(over line: Int, _ body: (_ cell: Int, _ output: Int, _ column: Int) -> Void) {
        for i in 0..<window.kernel.height {
            let y = line % height + window.padding.top - i * window.dilation.height
            guard y >= 0, y % window.strides.height == 0, y / window.strides.height < outputHeight else { continue }
            let first = (line / height * outputHeight + y / window.strides.height) * outputWidth
            for w in 0..<outputWidth {
                for j in 0..<window.kernel.width {
                    let column = w * window.strides.width + j * window.dilation.width - window.padding.left
                    if (0..<width).contains(column) { body(i * window.kernel.width + j, first + w, column) }
                }
            }
        }
    }
}

/// The columns of a depthwise convolution's output: those whose windows lie inside of the image, and the others.
struct DepthwiseColumns: Sendable {
    let inside: Range<Int>
    let outside: [Int]

    init(_ shape: ConvolutionShape) {
        let (window, stride) = (shape.window, shape.window.strides.width)
        let left = min(shape.outputWidth, (window.padding.left + stride - 1) / stride)
        let reach = shape.width + window.padding.left - window.span.width
        let right = reach < 0 ? left : max(left, min(shape.outputWidth, reach / stride + 1))
        inside = left..<right
        outside = Array(0..<left) + Array(right..<shape.outputWidth)
    }
}
