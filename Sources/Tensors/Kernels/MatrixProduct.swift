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
    Reference.matmul(a, b, transposingA: transposingA, transposingB: transposingB)
}

/// A fully connected layer: `y = x · kernel + bias`, then `max(y, 0)` if `relu`; Keras' `Dense`.
///
/// - Parameters:
///   - x: `[…, features]`; every row of the last axis is multiplied.
///   - kernel: `[features, units]`.
///   - bias: `[units]`.
/// - Returns: `[…, units]`.
public func dense(_ x: Tensor, _ kernel: Tensor, bias: Tensor?, relu: Bool = false, on pool: WorkerPool) -> Tensor {
    let features = kernel.shape[0]
    let rows = x.shape.dropLast().reduce(1, *)
    var y = matmul(x.reshaped(to: [rows, features]), kernel, on: pool)
    if let bias { y = addingRow(y, bias, on: pool) }
    if relu { y = Tensors.relu(y, on: pool) }
    return y.reshaped(to: Shape(Array(x.shape.dropLast()) + [kernel.shape[1]]))
}
