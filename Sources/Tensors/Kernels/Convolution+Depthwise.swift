import CKernels

// A convolution where every channel is on its own: no sum over channels, so no matrix product. The lanes of a register
// are channels; memory is what it waits for.

extension ConvolutionShape {
    func depthwiseForward(
        _ x: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>, _ epilogue: Epilogue,
        into y: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let lines = ImageLines(self, x)
        let offsets = lines.cells
        nonisolated(unsafe) let (kernel, y) = (kernel, y)
        pool.run(lines.tasks) { task in
            let (n, range, start) = lines.lines(task)
            offsets.withUnsafeBufferPointer { offsets in
                var call = ck_window()
                (call.offsets, call.cells) = (offsets.baseAddress, offsets.count)
                (call.x_pixel, call.y_pixel) = (window.strides.width * channels, channels)
                (call.pixels, call.channels) = (outputWidth, channels)
                (call.weights, call.bias, call.relu) = (kernel, epilogue.bias, epilogue.relu ? 1 : 0)
                for (i, line) in range.enumerated() {
                    call.x = start + i * window.strides.height * lines.lineStride
                    call.y = y + (n * outputHeight + line) * outputWidth * channels
                    pool.windows.depthwise(&call)
                    epilogue.close(call.y, rows: outputWidth, columns: channels, stride: channels, on: pool)
                }
            }
        }
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
