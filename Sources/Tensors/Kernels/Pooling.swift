/// The largest cell under each position of a window; Keras' `MaxPooling2D`.
///
/// Padding cells never win. Among equal cells the first in row order wins, and NaN loses to any number, both as in TensorFlow.
///
/// - Parameter x: `[batch, height, width, channels]`.
/// - Returns: `y` and, of the same shape, for each cell the winner's number inside the window, `row · width + column`.
public func maxPooling2D(_ x: Tensor, _ window: Window2D, on pool: WorkerPool) -> (y: Tensor, winners: Tensor) {
    let shape = PoolingShape(input: x.shape, window)
    var winners: Tensor?
    let y = x.withElements { x in
        Tensor(unsafeUninitialized: shape.output) { y in
            let (x, y) = (Elements(x), MutableElements(y))
            winners = Tensor(unsafeUninitialized: shape.output) { winners in
                let winners = MutableElements(winners)
                pool.run(shape.batch * shape.outputHeight) { line in
                    shape.maximum(line, x.start, y.start, winners.start)
                }
            }
        }
    }
    return (y, winners ?? y)
}

/// The gradient of ``maxPooling2D(_:_:on:)``: each cell of `dy` goes to its winner.
public func maxPooling2DGradient(
    _ dy: Tensor, winners: Tensor, inputShape: Shape, _ window: Window2D, on pool: WorkerPool
) -> Tensor {
    let shape = PoolingShape(input: inputShape, window)
    precondition(dy.shape == shape.output && winners.shape == shape.output, "the gradient's shape is \(dy.shape)")
    return winners.withElements { winners in
        let winners = Elements(winners)
        return shape.gathered(from: dy, on: pool) { dy, dx, output, cell in
            let (dy, winners) = (dy + output, winners.start + output)
            let cell = Float(cell)
            for c in 0..<shape.channels { dx[c] += winners[c] == cell ? dy[c] : 0 }
        }
    }
}

/// The mean of the real cells, those inside the image, under each position of a window; Keras' `AveragePooling2D`.
///
/// - Parameter x: `[batch, height, width, channels]`.
public func averagePooling2D(_ x: Tensor, _ window: Window2D, on pool: WorkerPool) -> Tensor {
    let shape = PoolingShape(input: x.shape, window)
    return x.withElements { x in
        Tensor(unsafeUninitialized: shape.output) { y in
            let (x, y) = (Elements(x), MutableElements(y))
            pool.run(shape.batch * shape.outputHeight) { line in shape.mean(line, x.start, y.start) }
        }
    }
}

/// The gradient of ``averagePooling2D(_:_:on:)``: each cell of `dy`, divided by the number of real cells, goes to all of them.
public func averagePooling2DGradient(
    _ dy: Tensor, inputShape: Shape, _ window: Window2D, on pool: WorkerPool
) -> Tensor {
    let shape = PoolingShape(input: inputShape, window)
    precondition(dy.shape == shape.output, "the gradient's shape is \(dy.shape), the output's \(shape.output)")
    return shape.gathered(from: dy, on: pool) { dy, dx, output, _ in
        let dy = dy + output
        let pixel = output / shape.channels
        let cells = Float(
            shape.cells(above: pixel / shape.outputWidth % shape.outputHeight).count
                * shape.cells(across: pixel % shape.outputWidth).count)
        for c in 0..<shape.channels { dx[c] += dy[c] / cells }
    }
}

/// The extents of a pooling, and its loops over the pixels; the innermost run along the channels.
private struct PoolingShape: Sendable {
    let batch: Int
    let height: Int, width: Int, channels: Int
    let outputHeight: Int, outputWidth: Int
    let window: Window2D

    init(input: Shape, _ window: Window2D) {
        precondition(input.count == 4, "a pooling takes [batch, height, width, channels], not \(input)")
        (batch, height, width, channels) = (input[0], input[1], input[2], input[3])
        let extents = window.outputExtents(height: height, width: width)
        (outputHeight, outputWidth) = (extents.height, extents.width)
        self.window = window
    }

    var output: Shape { [batch, outputHeight, outputWidth, channels] }

    /// The rows of the window that lie inside the image, for an output row.
    func cells(above row: Int) -> Range<Int> {
        inside(
            row * window.strides.height - window.padding.top, window.kernel.height, window.dilation.height, height)
    }

    /// The columns of the window that lie inside the image, for an output column.
    func cells(across column: Int) -> Range<Int> {
        inside(column * window.strides.width - window.padding.left, window.kernel.width, window.dilation.width, width)
    }

    private func inside(_ start: Int, _ count: Int, _ step: Int, _ extent: Int) -> Range<Int> {
        let first = start >= 0 ? 0 : (-start + step - 1) / step
        let last = start >= extent ? 0 : min(count, (extent - 1 - start) / step + 1)
        return first..<max(first, last)
    }

    /// Calls `body` for each output pixel of a line and each real cell under it, cells in row order.
    @inline(__always)
    private func forEachCell(
        _ line: Int, _ body: (_ output: Int, _ cell: Int, _ input: Int, _ isFirst: Bool) -> Void
    ) {
        let (n, h) = (line / outputHeight, line % outputHeight)
        let rows = cells(above: h)
        for w in 0..<outputWidth {
            let columns = cells(across: w)
            for i in rows {
                let y = h * window.strides.height + i * window.dilation.height - window.padding.top
                for j in columns {
                    let x = w * window.strides.width + j * window.dilation.width - window.padding.left
                    body(
                        (line * outputWidth + w) * channels, i * window.kernel.width + j,
                        ((n * height + y) * width + x) * channels, i == rows.lowerBound && j == columns.lowerBound)
                }
            }
        }
    }

    func maximum(
        _ line: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ winners: UnsafeMutablePointer<Float>
    ) {
        forEachCell(line) { output, cell, input, isFirst in
            let (x, y, winners) = (x + input, y + output, winners + output)
            let cell = Float(cell)
            if isFirst {
                y.update(from: x, count: channels)
                winners.update(repeating: cell, count: channels)
            } else {
                for c in 0..<channels {
                    let wins = x[c] > y[c] || y[c] != y[c]
                    y[c] = wins ? x[c] : y[c]
                    winners[c] = wins ? cell : winners[c]
                }
            }
        }
    }

    func mean(_ line: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
        forEachCell(line) { output, _, input, isFirst in
            let (x, y) = (x + input, y + output)
            if isFirst { y.update(from: x, count: channels) } else { for c in 0..<channels { y[c] += x[c] } }
        }
        let rows = cells(above: line % outputHeight).count
        for w in 0..<outputWidth {
            let cells = Float(rows * cells(across: w).count)
            let y = y + (line * outputWidth + w) * channels
            for c in 0..<channels { y[c] /= cells }
        }
    }

    /// A tensor of the input's shape where `body` adds to each pixel what comes from an output pixel through a cell.
    ///
    /// Goes by input rows, so that no two tasks write the same pixel and the order of the sums is fixed.
    func gathered(
        from dy: Tensor, on pool: WorkerPool,
        _ body:
            @Sendable (_ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>, _ output: Int, _ cell: Int) ->
            Void
    ) -> Tensor {
        dy.withElements { dy in
            Tensor(unsafeUninitialized: [batch, height, width, channels]) { dx in
                let (dy, dx) = (Elements(dy), MutableElements(dx))
                pool.run(batch * height) { line in
                    let row = dx.start + line * width * channels
                    row.update(repeating: 0, count: width * channels)
                    for i in 0..<window.kernel.height {
                        let y = line % height + window.padding.top - i * window.dilation.height
                        guard y >= 0, y % window.strides.height == 0, y / window.strides.height < outputHeight else {
                            continue
                        }
                        let first = (line / height * outputHeight + y / window.strides.height) * outputWidth
                        for w in 0..<outputWidth {
                            for j in cells(across: w) {
                                let x = w * window.strides.width + j * window.dilation.width - window.padding.left
                                body(
                                    dy.start, row + x * channels, (first + w) * channels, i * window.kernel.width + j)
                            }
                        }
                    }
                }
            }
        }
    }
}
