import CKernels

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
                shape.forEachLine(x.start, y.start, on: pool) { call in
                    let winners = winners.start + y.start.distance(to: call.y)
                    if call.cells == 0 {
                        // Nothing but padding: no winner.
                        call.y.update(repeating: -.infinity, count: call.pixels * call.channels)
                        winners.update(repeating: -1, count: call.pixels * call.channels)
                    } else {
                        call.winners = winners
                        pool.windows.maximum(&call)
                    }
                }
            }
        }
    }
    return (y, winners ?? y)
}

/// The `y` of ``maxPooling2D(_:_:on:)`` alone, for who needs no gradient.
public func maxPooled2D(_ x: Tensor, _ window: Window2D, on pool: WorkerPool) -> Tensor {
    let shape = PoolingShape(input: x.shape, window)
    return x.withElements { x in
        Tensor(unsafeUninitialized: shape.output) { y in
            shape.forEachLine(Elements(x).start, MutableElements(y).start, on: pool) { call in
                if call.cells == 0 {
                    call.y.update(repeating: -.infinity, count: call.pixels * call.channels)
                } else {
                    pool.windows.maximum(&call)
                }
            }
        }
    }
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
            pool.windows.give_winner(dx, dy, winners, Float(cell), shape.channels)
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
            shape.forEachLine(x.start, y.start, on: pool) { call in
                if call.cells == 0 {
                    call.y.update(repeating: 0, count: call.pixels * call.channels)
                } else {
                    pool.windows.mean(&call)
                }
            }
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

    /// Calls `body` for runs of output pixels that have the same cells: all of them, or fewer at an edge.
    func forEachLine(
        _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, on pool: WorkerPool,
        _ body: @Sendable (inout ck_window) -> Void
    ) {
        nonisolated(unsafe) let (x, y) = (x, y)
        let grain = max(
            1, elementwiseGrain / max(1, window.kernel.height * window.strides.width * outputWidth * channels))
        pool.run(batch * outputHeight, grain: grain) { lines in forEachLine(lines, x, y, body) }
    }

    /// The same for some output lines of the batch, on the calling thread.
    private func forEachLine(
        _ lines: Range<Int>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
        _ body: (inout ck_window) -> Void
    ) {
        var offsets: [Int] = []
        var numbers: [Float] = []
        for line in lines {
            let (n, h) = (line / outputHeight, line % outputHeight)
            let rows = cells(above: h)
            var w = 0
            while w < outputWidth {
                let columns = cells(across: w)
                var end = w + 1
                while end < outputWidth && cells(across: end) == columns { end += 1 }
                offsets.removeAll(keepingCapacity: true)
                numbers.removeAll(keepingCapacity: true)
                for i in rows {
                    for j in columns {
                        let row = h * window.strides.height + i * window.dilation.height - window.padding.top
                        let column = w * window.strides.width + j * window.dilation.width - window.padding.left
                        offsets.append(((n * height + row) * width + column) * channels)
                        numbers.append(Float(i * window.kernel.width + j))
                    }
                }
                offsets.withUnsafeBufferPointer { offsets in
                    numbers.withUnsafeBufferPointer { numbers in
                        var call = ck_window()
                        (call.x, call.x_pixel) = (x, window.strides.width * channels)
                        (call.offsets, call.numbers, call.cells) = (
                            offsets.baseAddress, numbers.baseAddress, offsets.count
                        )
                        (call.y, call.y_pixel) = (y + (line * outputWidth + w) * channels, channels)
                        (call.pixels, call.channels) = (end - w, channels)
                        body(&call)
                    }
                }
                w = end
            }
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
