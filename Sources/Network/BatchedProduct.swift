import Tensors

/// The products of matrices that lie one after another: `y[n] = a[n] · b[n]` for `[n, rows, k]` and `[n, k, columns]`.
func batchedProduct(
    _ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false, on pool: WorkerPool
) -> Tensor {
    let count = a.shape[0]
    precondition(b.shape[0] == count, "cannot multiply the matrices of \(a.shape) by those of \(b.shape)")
    let (rows, columns) = (a.shape[transposingA ? 2 : 1], b.shape[transposingB ? 1 : 2])
    func matrix(_ x: Tensor, _ index: Int) -> Tensor {
        let size = x.shape[1] * x.shape[2]
        return x.withElements { Tensor([x.shape[1], x.shape[2]], $0[index * size..<(index + 1) * size]) }
    }
    return Tensor(unsafeUninitialized: [count, rows, columns]) { target in
        for index in 0..<count {
            let product = matmul(
                matrix(a, index), matrix(b, index), transposingA: transposingA, transposingB: transposingB, on: pool)
            product.withElements { source in
                for i in source.indices { target[index * rows * columns + i] = source[i] }
            }
        }
    }
}
