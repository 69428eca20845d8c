import Tensors

/// The arithmetic of multi-head and grouped-query attention over `[batch, steps, features]`.
///
/// Weights stand in Keras' order: query, key, the gate if there is one, value, output; each a kernel, then its bias.
struct ProjectedHeads {
    var queryHeads: Int
    /// Heads of keys and values; each serves `queryHeads / keyHeads` queries' heads.
    var keyHeads: Int
    var keyDim: Int
    var valueDim: Int
    var options: HeadOptions
    var call: AttentionCall
    var rules: MaskRules
    /// Whether the places are along one axis; Keras 3 computes other attention by another way.
    var isFlat = true

    private var useBias: Bool { options.useBias }
    private var useGate: Bool { options.useGate }

    /// Scores and their gradients of each head, and the projected queries, keys and values.
    func temporaries(batch: Int, queries: Int, keys: Int) -> Int {
        ShapeLimits.sum(
            ShapeLimits.product(5, batch, queryHeads, queries, keys),
            ShapeLimits.product(2, batch, queryHeads, keyDim + valueDim, queries + keys))
    }

    private func attention(_ allowed: Tensor?) -> HeadAttention {
        var attention = HeadAttention(scale: 1 / Float(keyDim).squareRoot(), heads: queryHeads, allowed: allowed)
        attention.addsMask = rules == .keras2
        attention.givesNothingUnseen = rules == .keras3 && (options.dropout > 0 || call.returnsScores || !isFlat)
        let (window, isCausal) = (options.slidingWindow, call.usesCausalMask)
        guard window != nil || isCausal else { return attention }
        attention.reaches = { query, key in
            (!isCausal || key <= query) && (window.map { abs(query - key) < $0 } ?? true)
        }
        return attention
    }

    /// The kernel and the bias of each product, as matrices.
    private func parts(_ weights: [Tensor]) -> [(kernel: Tensor, bias: Tensor?)] {
        let step = useBias ? 2 : 1
        return stride(from: 0, to: weights.count, by: step).enumerated().map { number, index in
            let kernel = weights[index]
            let isOutput = number == (useGate ? 4 : 3)
            let rows = isOutput ? queryHeads * valueDim : kernel.shape[0]
            let matrix = kernel.reshaped(to: [rows, kernel.count / rows])
            return (matrix, useBias ? weights[index + 1].reshaped(to: [kernel.count / rows]) : nil)
        }
    }

    private func mask(_ scores: Shape, _ context: Context) -> Tensor? {
        context.dropoutMask(scores, rate: options.dropout, seed: options.seed)
    }

    private func allowed(_ masks: HeadMasks<Tensor>, _ query: Tensor, _ value: Tensor) -> Tensor? {
        masks.allowed(batch: query.shape[0], queries: query.shape[1], keys: value.shape[1])
    }

    func forward(
        _ inputs: [Tensor], _ masks: HeadMasks<Tensor>, _ weights: [Tensor], _ context: Context
    ) -> Pass {
        let pool = context.pool
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        let parts = parts(weights)
        func product(_ x: Tensor, _ part: Int) -> Tensor {
            dense(x, parts[part].kernel, bias: parts[part].bias, on: pool)
        }
        let last = parts.count - 1
        let q = split(product(query, 0), queryHeads, pool)
        let k = repeated(split(product(key, 1), keyHeads, pool), query.shape[0])
        let v = repeated(split(product(value, last - 1), keyHeads, pool), query.shape[0])
        let dropped = mask([q.shape[0], q.shape[1], k.shape[1]], context)
        let (heads, scores) = attention(allowed(masks, query, value))
            .forward(q, k, v, dropout: dropped, on: pool)
        var joined = self.joined(heads, query.shape[0], pool)
        var saved = [q, k, v, scores, joined]
        if useGate {
            let gate = Tensors.sigmoid(product(query, 2), on: pool)
            saved.append(gate)
            joined = multiplying(joined, gate, on: pool)
        }
        let y = product(joined, last)
        let shape: Shape = [query.shape[0], queryHeads, q.shape[1], k.shape[1]]
        return Pass(inputs, call.returnsScores ? [y, scores.reshaped(to: shape)] : [y], saved: saved)
    }

    func backward(
        _ dy: [Tensor], _ pass: Pass, _ masks: HeadMasks<Tensor>, _ weights: [Tensor], _ context: Context
    ) -> Gradients {
        let pool = context.pool
        let (query, value, key) = (pass.inputs[0], pass.inputs[1], pass.inputs[pass.inputs.count - 1])
        let (q, k, v, scores) = (pass.saved[0], pass.saved[1], pass.saved[2], pass.saved[3])
        let parts = parts(weights)
        let last = parts.count - 1
        var found = [[Tensor]](repeating: [], count: parts.count)
        func back(_ d: Tensor, _ x: Tensor, _ part: Int) -> Tensor {
            let (rows, width) = (parts[part].kernel.shape[0], parts[part].kernel.shape[1])
            let (flat, x2) = (
                d.reshaped(to: [d.count / width, width]), x.reshaped(to: [x.count / rows, rows])
            )
            let index = part * (useBias ? 2 : 1)
            found[part] = [matmul(x2, flat, transposingA: true, on: pool).reshaped(to: weights[index].shape)]
            if useBias { found[part].append(sumRows(flat, on: pool).reshaped(to: weights[index + 1].shape)) }
            return matmul(flat, parts[part].kernel, transposingB: true, on: pool).reshaped(to: x.shape)
        }
        var joined = pass.saved[4]
        if useGate { joined = multiplying(joined, pass.saved[5], on: pool) }
        var djoined = back(dy[0], joined, last)
        var dquery: Tensor?
        if useGate {
            let gate = pass.saved[5]
            let dgate = multiplying(djoined, pass.saved[4], on: pool)
            let dsum = zipped(dgate, gate, on: pool) { $0 * $1 * (1 - $1) }
            dquery = back(dsum, query, 2)
            djoined = multiplying(djoined, gate, on: pool)
        }
        let dheads = split(djoined, queryHeads, pool)
        let dScores = call.returnsScores ? dy[1].reshaped(to: scores.shape) : nil
        let d = attention(allowed(masks, query, value)).backward(
            dheads, q, k, v, scores: scores, dropout: mask(scores.shape, context), dScores: dScores, on: pool)
        let batch = query.shape[0]
        let ofQuery = back(self.joined(d.q, batch, pool), query, 0)
        let dkey = back(self.joined(summedHeads(d.k, batch), batch, pool), key, 1)
        let dvalue = back(self.joined(summedHeads(d.v, batch), batch, pool), value, last - 1)
        let dq = dquery.map { adding($0, ofQuery, on: pool) } ?? ofQuery
        let inputs = pass.inputs.count == 3 ? [dq, dvalue, dkey] : [dq, adding(dvalue, dkey, on: pool)]
        return Gradients(inputs: inputs, weights: found.flatMap { $0 })
    }

    // MARK: Heads: [batch, steps, heads · width] ↔ [batch · heads, steps, width]

    private func split(_ x: Tensor, _ heads: Int, _ pool: WorkerPool) -> Tensor {
        let (batch, steps) = (x.shape[0], x.shape[1])
        let width = x.shape[2] / heads
        return transposed(x.reshaped(to: [batch, steps, heads, width]), axes: [0, 2, 1, 3], on: pool)
            .reshaped(to: [batch * heads, steps, width])
    }

    private func joined(_ x: Tensor, _ batch: Int, _ pool: WorkerPool) -> Tensor {
        let (heads, steps, width) = (x.shape[0] / batch, x.shape[1], x.shape[2])
        return transposed(x.reshaped(to: [batch, heads, steps, width]), axes: [0, 2, 1, 3], on: pool)
            .reshaped(to: [batch, steps, heads * width])
    }

    /// Every head of keys once for each head of queries that it serves.
    private func repeated(_ x: Tensor, _ batch: Int) -> Tensor {
        let times = queryHeads / keyHeads
        guard times > 1 else { return x }
        let size = x.shape[1] * x.shape[2]
        return Tensor(unsafeUninitialized: [batch * queryHeads, x.shape[1], x.shape[2]]) { target in
            for i in target.indices { target[i] = x[i / (size * times) * size + i % size] }
        }
    }

    private func summedHeads(_ d: Tensor, _ batch: Int) -> Tensor {
        let times = queryHeads / keyHeads
        guard times > 1 else { return d }
        let size = d.shape[1] * d.shape[2]
        var sums = Tensor([batch * keyHeads, d.shape[1], d.shape[2]])
        for i in 0..<d.count { sums[i / (size * times) * size + i % size] += d[i] }
        return sums
    }
}
