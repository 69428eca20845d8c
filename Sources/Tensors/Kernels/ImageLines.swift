import CKernels

/// The input of a convolution cut into tasks: each computes some lines of one output image.
///
/// A task finds the lines it reads with their padding, so that no window reaches beyond the edge: in the image itself
/// where there is no padding, else in a copy in scratch memory.
struct ImageLines: @unchecked Sendable {
    let shape: ConvolutionShape
    let image: UnsafePointer<Float>
    /// The first channel that is wanted: that of a group.
    let channel: Int
    /// Output lines that are wanted, from the first on.
    let count: Int
    /// Output lines of a task.
    let linesPerTask: Int

    /// - Parameter inPairs: whether each task gets pairs of lines, for a 2×2 pooling; a last one alone is left out.
    init(_ shape: ConvolutionShape, _ image: UnsafePointer<Float>, channel: Int = 0, inPairs: Bool = false) {
        self.shape = shape
        self.image = image
        self.channel = channel
        let step = inPairs ? 2 : 1
        count = shape.outputHeight / step * step
        let most = max(step, 192 / max(shape.outputWidth, 1) / step * step)
        // Enough tasks for some threads, even where there are few lines.
        let even = max(step, (shape.batch * count + 7) / 8 / step * step)
        linesPerTask = min(most, even, max(count, 1))
    }

    private var tasksPerImage: Int { (count + linesPerTask - 1) / linesPerTask }
    var tasks: Int { shape.batch * tasksPerImage }

    /// Floats from one line to the next, as a task finds them.
    var lineStride: Int { (shape.width + shape.window.padding.left + shape.window.padding.right) * shape.channels }

    /// The image of a task, its output lines, and the address of the wanted channel under the first cell of the first
    /// window.
    func lines(_ task: Int) -> (image: Int, lines: Range<Int>, start: UnsafePointer<Float>) {
        let (n, part) = (task / tasksPerImage, task % tasksPerImage)
        let lines = part * linesPerTask..<min((part + 1) * linesPerTask, count)
        let first = lines.lowerBound * shape.window.strides.height - shape.window.padding.top
        let inputLines = (lines.count - 1) * shape.window.strides.height + shape.window.span.height
        if shape.window.padding == .zero {
            return (n, lines, image + (n * shape.height + first) * shape.width * shape.channels + channel)
        }
        let copy = Scratch.floats(inputLines * lineStride, for: .rows)
        let padding = (
            left: shape.window.padding.left * shape.channels, right: shape.window.padding.right * shape.channels
        )
        let width = shape.width * shape.channels
        for i in 0..<inputLines {
            let line = copy + i * lineStride
            guard (0..<shape.height).contains(first + i) else {
                line.update(repeating: 0, count: lineStride)
                continue
            }
            line.update(repeating: 0, count: padding.left)
            (line + padding.left).update(from: image + (n * shape.height + first + i) * width, count: width)
            (line + padding.left + width).update(repeating: 0, count: padding.right)
        }
        return (n, lines, UnsafePointer(copy + channel))
    }

    /// Where the cells of the window lie, in floats from its first.
    var cells: [Int] {
        (0..<shape.window.kernel.height).flatMap { i in
            (0..<shape.window.kernel.width).map { j in
                i * shape.window.dilation.height * lineStride + j * shape.window.dilation.width * shape.channels
            }
        }
    }
}

extension ConvolutionShape {
    /// The convolution line by line, for a group: the kernel reads the pixels where they lie.
    ///
    /// With a pooling, lines go to scratch memory, and from there the largest of each 2×2 pixels to `y`.
    ///
    /// - Parameter columns: the kernel, packed as one block of the whole depth, or in place.
    func forwardByLines(
        _ x: UnsafePointer<Float>, _ columns: Columns, _ blocks: GemmBlocks, group: Int, _ epilogue: Epilogue,
        into y: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let lines = ImageLines(self, x, channel: group * groupChannels, inPairs: epilogue.pooled != nil)
        // A line of the window is one run if its cells are neighbours, and all channels are wanted.
        let isJoined = window.dilation.width == 1 && groups == 1
        let runs =
            isJoined
            ? lines.cells.enumerated().filter { $0.offset % window.kernel.width == 0 }.map(\.element) : lines.cells
        let depth = blocks.depth / max(runs.count, 1)
        let poolsInKernel = poolsInKernel(blocks, epilogue, on: pool)
        nonisolated(unsafe) let y = y
        pool.run(lines.tasks) { task in
            let (n, range, start) = lines.lines(task)
            let line = outputWidth * units
            let pooledPlace = (n * (outputHeight / 2) + range.lowerBound / 2) * (outputWidth / 2) * units
            let target =
                epilogue.pooled == nil
                ? y + (n * outputHeight + range.lowerBound) * line
                : poolsInKernel ? y + pooledPlace : Scratch.floats(range.count * line, for: .tiles)
            runs.withUnsafeBufferPointer { runs in
                var call = ck_panel()
                call.k = depth
                (call.a_row, call.a_step) = (window.strides.width * channels, 1)
                (call.runs, call.count) = (runs.baseAddress, runs.count)
                (call.c_row, call.rows) = (units, outputWidth)
                for panel in stride(from: 0, to: blocks.panels, by: blocks.inPieces ? blocks.panels : 1) {
                    let wide = blocks.inPieces ? 0..<blocks.columns : blocks.columnRange(panel)
                    (call.b, call.b_step) = columns.panel(panel, 0..<blocks.depth, blocks)
                    epilogue.describe(&call, from: wide.lowerBound)
                    call.columns = wide.count
                    let below = window.strides.height * lines.lineStride
                    if poolsInKernel {
                        for pair in 0..<range.count / 2 {
                            call.a = start + 2 * pair * below
                            call.c = target + pair * (outputWidth / 2) * units
                            pool.gemm.run_pooled(&call, below)
                        }
                        continue
                    }
                    for i in 0..<range.count {
                        call.a = start + i * below
                        call.c = target + i * line + wide.lowerBound
                        pool.run(&call, blocks.inPieces)
                    }
                }
            }
            if poolsInKernel { return }
            epilogue.afterKernel?.apply(
                to: target, rows: range.count * outputWidth, columns: blocks.columns, stride: units, on: pool)
            if let pooled = epilogue.pooled {
                poolLines(
                    target, count: range.count, rectified: epilogue.relu, into: y + pooledPlace,
                    winners: pooled.winners.map { $0 + pooledPlace }, on: pool)
            }
        }
    }

    /// Whether the kernel of few columns pools what it still holds in registers: of one channel, where no one asks who won.
    private func poolsInKernel(_ blocks: GemmBlocks, _ epilogue: Epilogue, on pool: WorkerPool) -> Bool {
        guard let pooled = epilogue.pooled, pooled.winners == nil, epilogue.afterKernel == nil, !blocks.inPieces,
            pool.gemm.run_pooled != nil, outputWidth >= 16
        else { return false }
        var call = ck_panel()
        (call.a_row, call.rows, call.columns) = (window.strides.width * channels, outputWidth, units)
        return ck_is_narrow(&call) != 0
    }

    /// The largest of each 2×2 pixels of some lines of output, and which of them won.
    private func poolLines(
        _ lines: UnsafePointer<Float>, count: Int, rectified: Bool, into y: UnsafeMutablePointer<Float>,
        winners: UnsafeMutablePointer<Float>?, on pool: WorkerPool
    ) {
        let (line, size) = (outputWidth * units, outputWidth / 2 * units)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 4) { offsets in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { numbers in
                for (i, offset) in [0, units, line, line + units].enumerated() {
                    (offsets[i], numbers[i]) = (offset, Float(i))
                }
                var call = ck_window()
                call.offsets = UnsafePointer(offsets.baseAddress)
                call.numbers = UnsafePointer(numbers.baseAddress)
                call.cells = 4
                (call.x_pixel, call.y_pixel) = (2 * units, units)
                (call.pixels, call.channels) = (outputWidth / 2, units)
                for pair in 0..<count / 2 {
                    call.x = lines + 2 * pair * line
                    call.y = y + pair * size
                    call.winners = winners.map { $0 + pair * size }
                    pool.windows.maximum(&call)
                }
            }
        }
        guard rectified, let winners else { return }
        forgetRectified(winners, y, count: count / 2 * size)
    }
}
