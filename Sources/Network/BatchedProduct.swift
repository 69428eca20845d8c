import Tensors

/// The products of matrices that lie one after another: `y[n] = a[n] · b[n]` for `[n, rows, k]` and `[n, k, columns]`.
func batchedProduct(
    _ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false, on pool: WorkerPool
) -> Tensor {
    let count = a.shape[0]
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

/// Dot-product attention of many heads: `y = softmax(scale · q kᵀ + mask) v`, head by head.
///
/// `q` has shape `[heads, queries, width]`, `k` `[heads, keys, width]`, `v` `[heads, keys, values]`.
struct HeadAttention {
    var scale: Float
    /// Whether a query attends to this key; `nil` to all.
    var allows: (@Sendable (_ query: Int, _ key: Int) -> Bool)?

    /// - Parameter dropout: what the scores are multiplied by after the softmax, in training.
    func forward(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, dropout: Tensor?, on pool: WorkerPool
    ) -> (y: Tensor, scores: Tensor) {
        var sums = scaled(batchedProduct(q, k, transposingB: true, on: pool), by: scale, on: pool)
        if let allows {
            let (queries, keys) = (sums.shape[1], sums.shape[2])
            sums.withMutableElements { sums in
                for i in sums.indices where !allows(i / keys % queries, i % keys) { sums[i] = -1e9 }
            }
        }
        let scores = Tensors.softmax(sums, on: pool)
        return (batchedProduct(masked(scores, dropout, on: pool), v, on: pool), scores)
    }

    // MARK: dv = pᵀ dy,  dp = dy vᵀ,  ds = softmax's way back,  dq = scale ds k,  dk = scale dsᵀ q

    func backward(
        _ dy: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, scores: Tensor, dropout: Tensor?,
        dScores: Tensor? = nil, on pool: WorkerPool
    ) -> (q: Tensor, k: Tensor, v: Tensor) {
        let dv = batchedProduct(masked(scores, dropout, on: pool), dy, transposingA: true, on: pool)
        var dp = masked(batchedProduct(dy, v, transposingB: true, on: pool), dropout, on: pool)
        if let dScores { dp = adding(dp, dScores, on: pool) }
        let ds = scaled(softmaxGradient(dp, scores, on: pool), by: scale, on: pool)
        return (
            batchedProduct(ds, k, on: pool), batchedProduct(ds, q, transposingA: true, on: pool), dv
        )
    }
}
