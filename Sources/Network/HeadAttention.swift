import Tensors

/// Dot-product attention of many heads: `y = softmax(scale · q kᵀ, where allowed) v`, head by head.
///
/// `q` has shape `[batch · heads, queries, width]`, `k` `[batch · heads, keys, width]`, `v`
/// `[batch · heads, keys, values]`.
struct HeadAttention {
    var scale: Float
    var heads: Int
    /// Whether a query sees this key, `[batch, queries, keys]`; `nil` where each sees all.
    var allowed: Tensor?
    /// Whether a query reaches this key in any sample; `nil` where each reaches all.
    var reaches: (@Sendable (_ query: Int, _ key: Int) -> Bool)?
    /// Whether a large number is taken from hidden scores, as in Keras 2, not put in their place.
    ///
    /// It shows where a query sees no key: the scores still have gradients there.
    var addsMask = false
    /// Whether a query that sees no key gets zeros, not the mean of all values.
    var givesNothingUnseen = false

    private var isPartial: Bool { allowed != nil || reaches != nil }

    /// Sets to zero, or to another number, what queries do not see.
    private func hide(_ scores: inout Tensor, by value: Float) {
        let (queries, keys) = (scores.shape[1], scores.shape[2])
        scores.withMutableElements { scores in
            for i in scores.indices {
                let pair = i % (queries * keys)
                let sample = i / (queries * keys) / heads
                let isSeen =
                    (reaches?(pair / keys, pair % keys) ?? true)
                    && (allowed.map { $0[sample * queries * keys + pair] != 0 } ?? true)
                if !isSeen { scores[i] = value }
            }
        }
    }

    /// - Parameter dropout: what the scores are multiplied by after the softmax, in training.
    func forward(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, dropout: Tensor?, on pool: WorkerPool
    ) -> (y: Tensor, scores: Tensor) {
        var sums = scaled(batchedProduct(q, k, transposingB: true, on: pool), by: scale, on: pool)
        if isPartial { hide(&sums, by: -1e9) }
        var scores = Tensors.softmax(sums, on: pool)
        if isPartial && givesNothingUnseen { hide(&scores, by: 0) }
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
        var ds = scaled(softmaxGradient(dp, scores, on: pool), by: scale, on: pool)
        if isPartial && !addsMask { hide(&ds, by: 0) }
        return (
            batchedProduct(ds, k, on: pool), batchedProduct(ds, q, transposingA: true, on: pool), dv
        )
    }
}
