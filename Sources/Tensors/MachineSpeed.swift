import CKernels

/// What the threads of a pool reach on this machine at most, measured: the floor under every layer's time.
public struct MachineSpeed: Sendable {
    /// Multiplications and additions of float32 each second, from registers and the level-1 cache.
    public let operationsPerSecond: Double
    /// Bytes read and written each second, from and to memory.
    public let bytesPerSecond: Double
}

extension WorkerPool {
    /// Measures what the machine gives, in about a fifth of a second: the best of several runs.
    ///
    /// Operations by the matrix kernel on panels that stay in the level-1 cache, bytes by a copy of 64 MiB.
    public func measureSpeed() -> MachineSpeed {
        let depth = 256, repeats = 2000
        let (rows, columns) = (Int(gemm.mr), Int(gemm.nr))
        let operations = 2 * rows * columns * depth * repeats * threads
        let fastest = best(of: 7) {
            run(threads) { _ in
                let a = Scratch.floats(rows * depth, for: .rows)
                let b = Scratch.floats(depth * columns, for: .columns)
                let c = Scratch.floats(rows * columns, for: .tiles)
                a.update(repeating: 1, count: rows * depth)
                b.update(repeating: 1, count: depth * columns)
                var call = ck_panel()
                (call.k, call.a, call.a_row, call.a_step) = (depth, UnsafePointer(a), depth, 1)
                (call.b, call.b_step, call.c, call.c_row) = (UnsafePointer(b), columns, c, columns)
                (call.rows, call.columns) = (rows, columns)
                for _ in 0..<repeats { gemm.run(&call) }
            }
        }
        let count = 16 << 20
        let (source, target) = (Tensor([count], repeating: 1), Tensor(uninitialized: [count]))
        let (from, to) = (source.address.start, target.address.start)
        nonisolated(unsafe) let (start, end) = (from, to)
        let copy = best(of: 4) {
            run(threads) { part in
                let range = part * count / threads..<(part + 1) * count / threads
                (end + range.lowerBound).update(from: start + range.lowerBound, count: range.count)
            }
        }
        withExtendedLifetime((source, target)) {}
        return MachineSpeed(
            operationsPerSecond: Double(operations) / fastest, bytesPerSecond: Double(2 * 4 * count) / copy)
    }

    /// The shortest of some runs, in seconds.
    private func best(of runs: Int, _ work: () -> Void) -> Double {
        var best = Duration.seconds(1000)
        for _ in 0..<runs {
            let start = ContinuousClock.now
            work()
            best = min(best, ContinuousClock.now - start)
        }
        return Double(best.components.seconds) + Double(best.components.attoseconds) * 1e-18
    }

    /// How this pool computes a convolution that leaves it open, and how many products that takes.
    ///
    /// - Parameters: as ``convolution2D(_:_:bias:_:groups:relu:algorithm:on:)``.
    public func convolutionProducts(
        input: Shape, kernel: Shape, _ window: Window2D, groups: Int
    ) -> (algorithm: ConvolutionAlgorithm, products: Int) {
        let shape = ConvolutionShape(input: input, kernel: kernel, window, groups: groups)
        if shape.usesWinograd(.automatic, on: self) {
            let tiles = (shape.outputHeight + 3) / 4 * ((shape.outputWidth + 3) / 4)
            return (.winograd, shape.batch * tiles * 36 * shape.channels * shape.units)
        }
        return (.direct, shape.outputPixels * shape.cells * shape.groupChannels * shape.units)
    }
}
