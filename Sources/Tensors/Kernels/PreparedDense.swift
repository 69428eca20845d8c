/// A fully connected layer whose kernel is made ready once for many runs, with bias and rectifier.
///
/// Gives the same bits as ``dense(_:_:bias:relu:on:)``. One row passes over its zeros where the layer is deep, many do
/// where they are mostly zeros.
public struct PreparedDense: Sendable {
    private let kernel: Tensor
    private let bias: Tensor?
    private let relu: Bool
    private let closing: PointwiseFunction?
    private let packed: Tensor?
    /// For many rows, where there is a matrix unit.
    private let pieces: Tensor?
    /// Whether zeros may be passed over.
    private let isFinite: Bool
    private let sweep = Sweep()
    private let instructionSet: InstructionSet

    /// Numbers of a kernel that is worth a packed copy: 16 MiB.
    private static let largestPacked = 4 << 20

    /// Prepares a kernel, `[features, units]`.
    ///
    /// - Precondition: `bias`, if there is one, has a number for each unit.
    public init(
        _ kernel: Tensor, bias: Tensor? = nil, relu: Bool = false, closing: PointwiseFunction? = nil,
        on pool: WorkerPool
    ) {
        precondition(kernel.shape.count == 2, "a dense layer's kernel is a matrix, not \(kernel.shape)")
        let units = kernel.shape[1]
        precondition(bias == nil || bias?.count == units, "\(units) units need as many biases")
        (self.kernel, self.bias, self.relu, self.closing) = (kernel, bias, relu, closing)
        instructionSet = pool.instructionSet
        func packed(_ blocks: GemmBlocks) -> Tensor {
            let memory = Tensor(uninitialized: [blocks.packedCount])
            pool.packColumns(
                ColumnSource(start: kernel.address.start, run: blocks.depth, step: blocks.columns, column: 1), blocks,
                into: memory.address.start)
            return memory
        }
        let (one, many) = (PreparedDense.blocks(1, kernel, on: pool), PreparedDense.blocks(.max, kernel, on: pool))
        let packs = kernel.count <= PreparedDense.largestPacked
        self.packed = packs ? packed(one) : nil
        pieces = packs && many.inPieces ? packed(many) : nil
        isFinite = pool.isFinite(kernel)
        withExtendedLifetime(kernel) {}
    }

    private static func blocks(_ rows: Int, _ kernel: Tensor, on pool: WorkerPool) -> GemmBlocks {
        let (features, units) = (kernel.shape[0], kernel.shape[1])
        var blocks = GemmBlocks(rows: rows, columns: units, depth: features, panelWidth: Int(pool.gemm.nr))
        blocks.inPieces = pool.multipliesInPieces(rows: rows, depth: features, columns: units)
        return blocks
    }

    /// The output for any number of rows: `[…, features]` to `[…, units]`.
    ///
    /// - Precondition: `x` has as many features as the kernel, and `pool` the instruction set that was prepared for.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        let (features, units) = (kernel.shape[0], kernel.shape[1])
        precondition(x.shape.last == features, "cannot multiply \(x.shape) by a kernel of \(features) features")
        precondition(pool.instructionSet == instructionSet, "prepared for \(instructionSet) instructions")
        var blocks = PreparedDense.blocks(rows(of: x).rows, kernel, on: pool)
        let isSparseRow = blocks.rows == 1 && blocks.parts > 1 && isFinite
        guard let source = blocks.inPieces ? pieces : isSparseRow ? kernel : packed else {
            let y = dense(x, kernel, bias: bias, relu: relu, on: pool)
            return closing?(y, on: pool) ?? y
        }
        let y = Tensor(uninitialized: Shape(Array(x.shape.dropLast()) + [units]))
        withOptionalElements(bias) { bias in
            let epilogue = Epilogue(bias: bias, relu: relu, closing: closing)
            let (x, columns, y) = (x.address.start, source.address.start, y.address.start)
            if isSparseRow {
                return pool.gemmOfSparseRow(blocks, row: x, columns: columns, into: y, epilogue, sweep: sweep)
            }
            let lying = PanelRows(start: x, row: features, step: 1)
            if isFinite && blocks.paysToPassOverZeros(of: lying) { blocks.sparse = lying }
            pool.gemm(
                blocks, rows: MatrixRows(start: x, stride: features),
                columns: blocks.inPieces ? .pieces(columns) : .packed(columns), into: y, stride: units, epilogue,
                sweep: sweep)
        }
        withExtendedLifetime((x, source)) {}
        return y
    }
}
