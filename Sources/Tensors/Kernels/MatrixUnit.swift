import CKernels

// Products on a matrix unit for bfloat16, with the error of float32 sums; see ck_matrix_unit.

/// How the matrix unit wants its operands.
enum MatrixUnit {
    /// Depth that it takes at once.
    static let step = 32
    /// Columns of a chunk of B.
    static let columns = 32
    /// Floats that a chunk of B takes, `step` × `columns` in pieces.
    static let chunk = Int(CK_UNIT_CHUNK)

    /// Steps of a depth.
    static func steps(_ depth: Int) -> Int { (depth + step - 1) / step }
}

extension WorkerPool {
    /// Whether a product goes to the matrix unit; depends on the kernel's extents alone, so that a row's bits do not
    /// depend on how many there are.
    ///
    /// A shallow product leaves most of the unit idle, and with few columns it takes longer to take A apart than to
    /// multiply it as it is.
    func multipliesInPieces(depth: Int, columns: Int) -> Bool {
        gemm.unit.run != nil && depth >= 32 && columns >= 64
    }

    /// The same where a kernel may meet a single row, for which it does not pay to take the kernel apart.
    ///
    /// 16 rows and more go to the matrix unit; a row among few and a row among many may so differ in their last bits.
    func multipliesInPieces(rows: Int, depth: Int, columns: Int) -> Bool {
        rows >= 16 && multipliesInPieces(depth: depth, columns: columns)
    }

    /// A panel of a product, by the matrix unit if B is in pieces.
    func run(_ call: inout ck_panel, _ inPieces: Bool) {
        if inPieces, let multiply = gemm.unit.run {
            multiply(&call, 1, 0, 0, 0)
        } else {
            gemm.run(&call)
        }
    }

    /// Takes B apart, all threads taking part.
    func takeApart(_ source: ColumnSource, _ blocks: GemmBlocks, into memory: UnsafeMutablePointer<Float>) {
        guard let pack = gemm.unit.pack else { preconditionFailure("only a matrix unit has pieces") }
        nonisolated(unsafe) let memory = memory
        run(blocks.panels * blocks.depthBlocks) { task in
            let (block, panel) = (task / blocks.panels, task % blocks.panels)
            let (depth, columns) = (blocks.depthRange(block), blocks.columnRange(panel))
            let target = memory + blocks.offset(depth, panel: panel)
            withUnsafeTemporaryAllocation(
                of: Float.self, capacity: MatrixUnit.step * MatrixUnit.columns
            ) { rows in
                guard let rows = rows.baseAddress else { return }
                for step in 0..<MatrixUnit.steps(depth.count) {
                    let first = depth.lowerBound + step * MatrixUnit.step
                    let part = first..<min(first + MatrixUnit.step, depth.upperBound)
                    source.pack(depth: part, columns: columns, width: MatrixUnit.columns, into: rows)
                    pack(
                        rows, MatrixUnit.columns, part.count, columns.count, target + step * MatrixUnit.chunk)
                }
            }
        }
    }
}
