/// A kernel in the form in which a convolution multiplies by it.
enum KernelForm: @unchecked Sendable {
    case winograd(WinogradKernel)
    /// For each group, the panels of its columns.
    case columns([Columns])
    /// As it lies.
    case depthwise(UnsafePointer<Float>)
}

extension ConvolutionShape {
    /// A kernel for one use: in place where that will do, else in this thread's scratch memory.
    func form(of kernel: UnsafePointer<Float>, _ algorithm: ConvolutionAlgorithm, on pool: WorkerPool) -> KernelForm {
        if isDepthwise { return .depthwise(kernel) }
        if usesWinograd(algorithm, on: pool) {
            return .winograd(pool.winogradKernel(kernel, rows: channels, columns: units))
        }
        if groups == 1, let columns = pool.columnsInPlace(columns(of: kernel, group: 0), blocks(on: pool)) {
            return .columns([columns])
        }
        let memory = Scratch.floats(formCount(algorithm, on: pool), for: .columns)
        return form(of: kernel, algorithm, into: memory, on: pool)
    }

    /// How many floats the kernel takes in the form for many uses.
    func formCount(_ algorithm: ConvolutionAlgorithm, on pool: WorkerPool) -> Int {
        if isDepthwise { return cells * channels }
        if usesWinograd(algorithm, on: pool) {
            return pool.winogradCount(rows: channels, columns: units)
        }
        return groups * blocks(on: pool).packedCount
    }

    /// A kernel for many uses, written to `memory`.
    func form(
        of kernel: UnsafePointer<Float>, _ algorithm: ConvolutionAlgorithm, into memory: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) -> KernelForm {
        if isDepthwise {
            memory.update(from: kernel, count: cells * channels)
        } else if usesWinograd(algorithm, on: pool) {
            _ = pool.winogradKernel(kernel, rows: channels, columns: units, into: memory)
        } else {
            let blocks = blocks(on: pool)
            for group in 0..<groups {
                pool.packColumns(
                    columns(of: kernel, group: group), blocks, into: memory + group * blocks.packedCount)
            }
        }
        return form(at: memory, algorithm, on: pool)
    }

    /// The kernel that ``form(of:_:into:on:)`` wrote.
    func form(at memory: UnsafePointer<Float>, _ algorithm: ConvolutionAlgorithm, on pool: WorkerPool) -> KernelForm {
        if isDepthwise { return .depthwise(memory) }
        if usesWinograd(algorithm, on: pool) {
            return .winograd(
                pool.winogradKernel(at: memory, rows: channels, columns: units))
        }
        let count = blocks(on: pool).packedCount
        let isInPieces = blocks(on: pool).inPieces
        return .columns((0..<groups).map { isInPieces ? .pieces(memory + $0 * count) : .packed(memory + $0 * count) })
    }

    func forward(
        _ x: UnsafePointer<Float>, _ form: KernelForm, _ epilogue: Epilogue, into y: UnsafeMutablePointer<Float>,
        on pool: WorkerPool
    ) {
        switch form {
        case .winograd(let kernel): winogradForward(x, kernel, epilogue, into: y, on: pool)
        case .depthwise(let kernel): depthwiseForward(x, kernel, epilogue, into: y, on: pool)
        case .columns(let columns):
            for (group, columns) in columns.enumerated() {
                var epilogue = epilogue
                epilogue.bias = epilogue.bias.map { $0 + group * groupUnits }
                multiply(x, columns, group: group, epilogue, into: y + group * groupUnits, on: pool)
            }
        }
    }
}
