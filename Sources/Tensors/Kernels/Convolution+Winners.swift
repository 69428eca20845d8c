import CKernels

// Gradients of a convolution behind which a 2×2 max pooling stands, from the winners alone. A pooling returns one pixel of
// four and the rectifier before it the half or less of these, so that of the gradient by the convolution's output nine
// tenths and more are zero, too many for Winograd's quarter of the products to be fewer:
//
//     dkernel[i, j, c, u] = Σ dy · x[row + i, column + j, c]        over the winners (row, column) of unit u
//     dx[row + i, column + j, c] += dy · kernel[i, j, c, u]
//
// The channels of the pixels (row + i, column … column + kernel width) lie side by side, and so do the kernel's once the
// units stand before them: one winner is some registers times a number, for each row of the kernel.

extension ConvolutionShape {
    /// Whether the gradients are computed from the winners; depends on what returned, in no way on the threads.
    ///
    /// A third of the winners returns after some steps of training, less later. With half of them the time is Winograd's.
    func usesWinners(_ winners: UnsafePointer<Float>, _ algorithm: ConvolutionAlgorithm, on pool: WorkerPool) -> Bool {
        guard pool.choice(algorithm) != .winograd, window.strides == (1, 1), window.dilation == (1, 1), groups == 1,
            units >= 16,
            runLength > 0, runLength % 16 == 0, kernelCount <= 1 << 18, height * width * channels <= 1 << 28
        else { return false }
        let images = PanelRows(start: winners, row: pooledOutput.elementCount / max(batch, 1), step: 1)
        return images.isMostly(rows: batch, depth: images.row) { $0 < 0 }
    }

    /// Numbers that lie side by side in an image and in a row of the kernel.
    private var runLength: Int { window.kernel.width * channels }
    private var kernelCount: Int { window.kernel.height * runLength * units }

    /// Sums of their own for some images each, so that the threads need not agree: how many depends on the extents alone.
    private var winnerParts: Int { min(batch, max(2, min(16, (1 << 20) / kernelCount))) }

    /// Pooled lines that are listed together: as many as have their pixels, of a run's width, in the level-1 cache.
    private var listedLines: Int {
        let line = width * min(channels, 96)
        return max(1, ((10240 / max(line, 1)) - window.kernel.height + 1) / 2)
    }

    /// Both gradients, or one, of an image without zeros around it.
    func gradientsFromWinners(
        _ dy: OutputGradient, _ x: UnsafePointer<Float>, _ kernel: UnsafePointer<Float>,
        intoInput dx: UnsafeMutablePointer<Float>?, intoKernel dkernel: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        let parts = winnerParts
        guard parts > 0, let won = dy.winners else { return dkernel.update(repeating: 0, count: kernelCount) }
        let (runs, image) = (runs(pool), height * width * channels)
        let (lines, columns) = (outputHeight / 2, outputWidth / 2)
        let room = listedLines * columns
        let weights = Scratch.floats(kernelCount, for: .reordered)
        let partials = Scratch.floats(parts * kernelCount, for: .partials)
        for run in runs where dx != nil { run.turn(kernel, into: weights, units) }

        nonisolated(unsafe) let (x, dx, dy, winners, turned, sums) = (x, dx, dy.start, won, weights, partials)
        pool.run(parts) { part in
            let own = sums + part * kernelCount
            own.update(repeating: 0, count: kernelCount)
            var returns = Returns(units: units, room: room)
            for n in part * batch / parts..<(part + 1) * batch / parts {
                let (from, to) = (x + n * image, dx.map { $0 + n * image })
                to?.update(repeating: 0, count: image)
                for first in stride(from: 0, to: lines, by: listedLines) {
                    returns.clear()
                    for line in first..<min(first + listedLines, lines) {
                        let pixels = (n * lines + line) * columns * units
                        pool.winners.list(
                            dy + pixels, winners + pixels, columns, 2 * line * width * channels, width * channels,
                            channels, &returns.list)
                    }
                    for run in runs {
                        pool.winners.gather(&returns.list, from + run.pixel, own + run.start * units, run.width)
                        guard let to else { continue }
                        pool.winners.scatter(&returns.list, turned + run.start * units, to + run.pixel, run.width)
                    }
                }
            }
        }
        nonisolated(unsafe) let target = dkernel
        pool.run(runs.count) { i in
            let first = sums + runs[i].start * units
            for part in 1..<max(parts, 1) {
                let more = first + part * kernelCount
                for j in 0..<runs[i].width * units { first[j] += more[j] }
            }
            runs[i].turnBack(first, into: target, units)
        }
    }

    /// A row of the kernel, or a piece of one that fits the registers.
    private struct Run {
        /// Where it starts in the kernel, in channels.
        var start: Int
        /// How far it is from a window's first number in an image.
        var pixel: Int
        var width: Int

        /// Units before channels.
        func turn(_ kernel: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ units: Int) {
            ck_transpose(kernel + start * units, units, width, units, target + start * units, width)
        }

        /// Channels before units, as a kernel has them.
        func turnBack(_ sums: UnsafePointer<Float>, into kernel: UnsafeMutablePointer<Float>, _ units: Int) {
            ck_transpose(sums, width, units, width, kernel + start * units, units)
        }
    }

    private func runs(_ pool: WorkerPool) -> [Run] {
        let widest = pool.winners.width
        return (0..<window.kernel.height).flatMap { row in
            stride(from: 0, to: runLength, by: widest).map { first in
                Run(
                    start: row * runLength + first, pixel: row * width * channels + first,
                    width: min(widest, runLength - first))
            }
        }
    }
}

/// What returns to the pixels of some lines, in this thread's scratch memory.
private struct Returns {
    var list = ck_returns()

    init(units: Int, room: Int) {
        let size = units * room
        let memory = Scratch.floats(2 * size + units, for: .nonzeros)
        let words = UnsafeMutableRawPointer(memory + size).bindMemory(to: UInt32.self, capacity: size + units)
        (list.values, list.places, list.counts) = (memory, words, words + size)
        (list.room, list.units) = (room, units)
    }

    func clear() { list.counts.update(repeating: 0, count: list.units) }
}

/// The gradients of ``convolution2DMaxPooled(_:_:bias:_:relu:algorithm:on:)`` by its input, if that is wanted, and by its
/// kernel.
///
/// - Parameter dy: by the pooled output.
/// - Returns: tensors of the shapes of `x` and `kernel`.
public func convolution2DMaxPooledGradients(
    _ dy: Tensor, winners: Tensor, _ x: Tensor, _ kernel: Tensor, _ window: Window2D, wantsInput: Bool,
    algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
) -> (input: Tensor?, kernel: Tensor) {
    let shape = ConvolutionShape(input: x.shape, kernel: kernel.shape, window, groups: 1)
    precondition(dy.shape == shape.pooledOutput && winners.shape == dy.shape, "the gradient's shape is \(dy.shape)")
    guard winners.withElements({ shape.usesWinners(Elements($0).start, algorithm, on: pool) }) else {
        let input =
            wantsInput
            ? convolution2DMaxPooledInputGradient(
                dy, winners: winners, kernel, inputShape: x.shape, window, algorithm: algorithm, on: pool) : nil
        let dkernel = convolution2DMaxPooledKernelGradient(
            dy, winners: winners, x, kernelShape: kernel.shape, window, algorithm: algorithm, on: pool)
        return (input, dkernel)
    }
    if window.padding != .zero {
        var inside = window
        inside.padding = .zero
        let gradients = convolution2DMaxPooledGradients(
            dy, winners: winners, padded2D(x, window.padding, on: pool), kernel, inside, wantsInput: wantsInput,
            algorithm: algorithm, on: pool)
        return (gradients.input.map { cropped2D($0, window.padding, on: pool) }, gradients.kernel)
    }
    let input = wantsInput ? Tensor(uninitialized: x.shape) : nil
    let dkernel = Tensor(uninitialized: kernel.shape)
    shape.gradientsFromWinners(
        OutputGradient(start: dy.address.start, winners: winners.address.start), x.address.start,
        kernel.address.start, intoInput: input?.address.start, intoKernel: dkernel.address.start, on: pool)
    withExtendedLifetime((dy, winners, x, kernel)) {}
    return (input, dkernel)
}
