/// The product of two matrices: `y = a · b`, either one transposed first.
///
/// - Parameters:
///   - a: `[rows, depth]`, or `[depth, rows]` when transposed.
///   - b: `[depth, columns]`, or `[columns, depth]` when transposed.
/// - Returns: `[rows, columns]`.
/// - Precondition: both are matrices and agree in depth.
public func matmul(
    _ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false, on pool: WorkerPool
) -> Tensor {
    product(a, b, transposingA, transposingB, bias: nil, relu: false, on: pool)
}

/// A fully connected layer: `y = x · kernel + bias`, then `max(y, 0)` if `relu`; Keras' `Dense`.
///
/// - Parameters:
///   - x: `[…, features]`; every row of the last axis is multiplied.
///   - kernel: `[features, units]`.
///   - bias: `[units]`.
/// - Returns: `[…, units]`.
/// - Precondition: `x` and `bias` fit the kernel.
public func dense(_ x: Tensor, _ kernel: Tensor, bias: Tensor?, relu: Bool = false, on pool: WorkerPool) -> Tensor {
    precondition(x.shape.last == kernel.shape[0], "cannot multiply \(x.shape) by a kernel of shape \(kernel.shape)")
    let y = product(
        x.reshaped(to: [rows(of: x).rows, kernel.shape[0]]), kernel, false, false, bias: bias, relu: relu, on: pool)
    return y.reshaped(to: Shape(Array(x.shape.dropLast()) + [kernel.shape[1]]))
}

private func product(
    _ a: Tensor, _ b: Tensor, _ transposingA: Bool, _ transposingB: Bool, bias: Tensor?, relu: Bool,
    on pool: WorkerPool
) -> Tensor {
    precondition(a.shape.count == 2 && b.shape.count == 2, "cannot multiply shapes \(a.shape) and \(b.shape)")
    let (rows, depth) = transposingA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
    let columns = transposingB ? b.shape[0] : b.shape[1]
    precondition(
        depth == (transposingB ? b.shape[1] : b.shape[0]),
        "cannot multiply shapes \(a.shape) and \(b.shape): they do not agree in depth")
    precondition(bias == nil || bias?.count == columns, "a product of \(columns) columns needs as many biases")

    var blocks = GemmBlocks(rows: rows, columns: columns, depth: depth, panelWidth: Int(pool.gemm.nr))
    blocks.inPieces = pool.multipliesInPieces(rows: rows, depth: depth, columns: columns)
    return a.withElements { a in
        b.withElements { b in
            withOptionalElements(bias) { bias in
                Tensor(unsafeUninitialized: [rows, columns]) { y in
                    let source = ColumnSource(
                        start: Elements(b).start, run: depth, step: transposingB ? 1 : columns,
                        column: transposingB ? depth : 1)
                    let (a, y) = (Elements(a).start, MutableElements(y).start)
                    let lying = PanelRows(start: a, row: transposingA ? 1 : depth, step: transposingA ? rows : 1)
                    if blocks.paysToPassOverZeros(of: lying) && pool.isFinite(source.start, b.count) {
                        blocks.sparse = lying
                    }
                    let packed = pool.columns(source, blocks)
                    let epilogue = Epilogue(bias: bias, relu: relu)
                    if transposingA {
                        pool.gemm(
                            blocks, rows: TransposedRows(start: a, stride: rows), columns: packed, into: y,
                            stride: columns, epilogue)
                    } else {
                        pool.gemm(
                            blocks, rows: MatrixRows(start: a, stride: depth), columns: packed, into: y,
                            stride: columns, epilogue)
                    }
                }
            }
        }
    }
}

/// Reads the elements of a tensor that may be missing.
func withOptionalElements<Result>(_ x: Tensor?, _ body: (UnsafePointer<Float>?) -> Result) -> Result {
    guard let x else { return body(nil) }
    return x.withElements { body(Elements($0).start) }
}
