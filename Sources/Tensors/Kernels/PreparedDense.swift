/// A fully connected layer whose kernel is packed once for many runs, with bias and rectifier.
///
/// Gives the same bits as ``dense(_:_:bias:relu:on:)``.
public struct PreparedDense: Sendable {
    private let features: Int
    private let units: Int
    private let bias: Tensor?
    private let relu: Bool
    private let closing: PointwiseFunction?
    private let columns: Tensor
    /// For many rows, where there is a matrix unit.
    private let pieces: Tensor?
    private let sweep = Sweep()
    private let instructionSet: InstructionSet

    /// Packs a kernel, `[features, units]`.
    ///
    /// - Precondition: `bias`, if there is one, has a number for each unit.
    public init(
        _ kernel: Tensor, bias: Tensor? = nil, relu: Bool = false, closing: PointwiseFunction? = nil,
        on pool: WorkerPool
    ) {
        precondition(kernel.shape.count == 2, "a dense layer's kernel is a matrix, not \(kernel.shape)")
        (features, units) = (kernel.shape[0], kernel.shape[1])
        precondition(bias == nil || bias?.count == units, "\(units) units need as many biases")
        (self.bias, self.relu, self.closing, instructionSet) = (bias, relu, closing, pool.instructionSet)
        func packed(_ blocks: GemmBlocks) -> Tensor {
            let memory = Tensor(uninitialized: [blocks.packedCount])
            pool.packColumns(
                ColumnSource(start: kernel.address.start, run: blocks.depth, step: blocks.columns, column: 1), blocks,
                into: memory.address.start)
            return memory
        }
        columns = packed(PreparedDense.blocks(rows: 1, features, units, on: pool))
        let many = PreparedDense.blocks(rows: .max, features, units, on: pool)
        pieces = many.inPieces ? packed(many) : nil
        withExtendedLifetime(kernel) {}
    }

    private static func blocks(rows: Int, _ features: Int, _ units: Int, on pool: WorkerPool) -> GemmBlocks {
        var blocks = GemmBlocks(rows: rows, columns: units, depth: features, panelWidth: Int(pool.gemm.nr))
        blocks.inPieces = pool.multipliesInPieces(rows: rows, depth: features, columns: units)
        return blocks
    }

    /// The output for any number of rows: `[…, features]` to `[…, units]`.
    ///
    /// - Precondition: `x` has as many features as the kernel, and `pool` the instruction set that was prepared for.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        precondition(x.shape.last == features, "cannot multiply \(x.shape) by a kernel of \(features) features")
        precondition(pool.instructionSet == instructionSet, "prepared for \(instructionSet) instructions")
        let y = Tensor(uninitialized: Shape(Array(x.shape.dropLast()) + [units]))
        let blocks = PreparedDense.blocks(rows: rows(of: x).rows, features, units, on: pool)
        let source = (blocks.inPieces ? pieces : nil) ?? columns
        withOptionalElements(bias) { bias in
            pool.gemm(
                blocks, rows: MatrixRows(start: x.address.start, stride: features),
                columns: blocks.inPieces ? .pieces(source.address.start) : .packed(source.address.start),
                into: y.address.start, stride: units,
                Epilogue(bias: bias, relu: relu, closing: closing), sweep: sweep)
        }
        withExtendedLifetime((x, source)) {}
        return y
    }
}
