/// A fully connected layer whose kernel is packed once for many runs, with bias and rectifier.
///
/// Gives the same bits as ``dense(_:_:bias:relu:on:)``.
public struct PreparedDense: Sendable {
    private let features: Int
    private let units: Int
    private let bias: Tensor?
    private let relu: Bool
    private let columns: Tensor
    private let sweep = Sweep()
    private let instructionSet: InstructionSet

    /// Packs a kernel, `[features, units]`.
    ///
    /// - Precondition: `bias`, if there is one, has a number for each unit.
    public init(_ kernel: Tensor, bias: Tensor? = nil, relu: Bool = false, on pool: WorkerPool) {
        precondition(kernel.shape.count == 2, "a dense layer's kernel is a matrix, not \(kernel.shape)")
        (features, units) = (kernel.shape[0], kernel.shape[1])
        precondition(bias == nil || bias?.count == units, "\(units) units need as many biases")
        (self.bias, self.relu, instructionSet) = (bias, relu, pool.instructionSet)
        let blocks = GemmBlocks(rows: 0, columns: units, depth: features, panelWidth: Int(pool.gemm.nr))
        columns = Tensor(uninitialized: [blocks.packedCount])
        pool.packColumns(
            ColumnSource(start: kernel.address.start, run: features, step: units, column: 1), blocks,
            into: columns.address.start)
        withExtendedLifetime(kernel) {}
    }

    /// The output for any number of rows: `[…, features]` to `[…, units]`.
    ///
    /// - Precondition: `x` has as many features as the kernel, and `pool` the instruction set that was prepared for.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        precondition(x.shape.last == features, "cannot multiply \(x.shape) by a kernel of \(features) features")
        precondition(pool.instructionSet == instructionSet, "prepared for \(instructionSet) instructions")
        let y = Tensor(uninitialized: Shape(Array(x.shape.dropLast()) + [units]))
        let blocks = GemmBlocks(
            rows: rows(of: x).rows, columns: units, depth: features, panelWidth: Int(pool.gemm.nr))
        withOptionalElements(bias) { bias in
            pool.gemm(
                blocks, rows: MatrixRows(start: x.address.start, stride: features),
                columns: .packed(columns.address.start), into: y.address.start, stride: units,
                Epilogue(bias: bias, relu: relu), sweep: sweep)
        }
        withExtendedLifetime((x, columns)) {}
        return y
    }
}
