import CKernels

extension WorkerPool {
    /// Computes one row of `C = A · B`, a deep one, without reading the rows of B that meet a zero of A.
    ///
    /// A rectifier and a pooling leave a classifier's dense layer three zeros of four numbers, and for one image reading
    /// its kernel is all that layer does. The sums are cut as those of the product for many rows, so the bits are its.
    ///
    /// - Parameters:
    ///   - columns: B as it lies, `depth` rows of `columns`; finite, for a zero takes no notice of what it meets.
    ///   - sweep: says which way to go through B this time.
    func gemmOfSparseRow(
        _ blocks: GemmBlocks, row: UnsafePointer<Float>, columns: UnsafePointer<Float>,
        into c: UnsafeMutablePointer<Float>, _ epilogue: Epilogue, sweep: Sweep
    ) {
        let (parts, width) = (blocks.parts, blocks.columns)
        let backwards = sweep.turn()
        nonisolated(unsafe) let (row, columns) = (row, columns)
        nonisolated(unsafe) let partials = Scratch.floats(parts * width, for: .partials)
        run(parts) { task in
            let part = Sweep.part(task, of: parts, backwards: backwards)
            let target = partials + part * width
            let sums = Scratch.floats(width, for: .tiles)
            for block in blocks.blocks(of: part) {
                let depth = blocks.depthRange(block)
                let isFirst = block == blocks.blocks(of: part).lowerBound
                let own = isFirst ? target : sums
                own.update(repeating: 0, count: width)
                var call = ck_row()
                (call.k, call.a) = (depth.count, row + depth.lowerBound)
                (call.b, call.b_step) = (columns + depth.lowerBound * width, width)
                (call.sums, call.columns) = (own, width)
                gemm.run_row(&call)
                if !isFirst { for j in 0..<width { target[j] += sums[j] } }
            }
        }
        addParts(partials, blocks, into: c, stride: width, epilogue)
    }
}
