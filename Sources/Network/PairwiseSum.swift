import Tensors

/// Sums of every query with every key, `[batch, queries, keys, features]`, for attention that adds.
enum PairwiseSum {
    static func of(_ q: Tensor, _ k: Tensor) -> Tensor {
        let (batch, queries, keys, features) = (q.shape[0], q.shape[1], k.shape[1], q.shape[2])
        return Tensor(unsafeUninitialized: [batch, queries, keys, features]) { target in
            for i in target.indices {
                let (feature, key) = (i % features, i / features % keys)
                let (query, sample) = (i / (features * keys) % queries, i / (features * keys * queries))
                target[i] =
                    q[(sample * queries + query) * features + feature] + k[(sample * keys + key) * features + feature]
            }
        }
    }

    /// `Σ x` over the features, each perhaps weighted.
    static func overFeatures(_ x: Tensor, weights: Tensor? = nil) -> Tensor {
        let features = x.shape[3]
        return Tensor(unsafeUninitialized: Shape(x.shape.dropLast())) { target in
            for i in target.indices {
                target[i] = (0..<features).reduce(0) { $0 + x[i * features + $1] * (weights?[$1] ?? 1) }
            }
        }
    }

    /// A gradient of each score, given to all of its features.
    static func spread(_ ds: Tensor, over x: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
        let features = x.shape[3]
        return Tensor(unsafeUninitialized: x.shape) { target in
            for i in target.indices { target[i] = body(ds[i / features], x[i]) }
        }
    }

    /// The gradients of queries and keys from those of their sums.
    static func gradients(_ d: Tensor) -> (queries: Tensor, keys: Tensor) {
        let (batch, queries, keys, features) = (d.shape[0], d.shape[1], d.shape[2], d.shape[3])
        var (dq, dk) = (Tensor([batch, queries, features]), Tensor([batch, keys, features]))
        for i in 0..<d.count {
            let (feature, key) = (i % features, i / features % keys)
            let (query, sample) = (i / (features * keys) % queries, i / (features * keys * queries))
            dq[(sample * queries + query) * features + feature] += d[i]
            dk[(sample * keys + key) * features + feature] += d[i]
        }
        return (dq, dk)
    }
}
