import Tensors

/// Attention of several heads (Vaswani et al., 2017); Keras' `MultiHeadAttention`.
///
///     y = Σ softmax(query · Wq · (key · Wk)ᵀ / √keyDim) · value · Wv · Wo over the heads
///
/// The inputs are query `[batch, …, queries, n]`, value `[batch, …, keys, m]` and perhaps key, by default the value; the
/// output has the query's shape, or `outputShape` in place of its last axis.
public struct MultiHeadAttention: ProjectedAttention {
    public static let kerasName = "MultiHeadAttention"

    public var numHeads: Int
    public var keyDim: Int
    public var valueDim: Int
    /// The output's last axes, by default the query's last one.
    public var outputDims: [Int]?
    /// The axes that are attended over, by default all between the batch and the features.
    public var attentionAxes: [Int]?
    public var headOptions: HeadOptions
    public var call: AttentionCall
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(
        numHeads: Int, keyDim: Int, valueDim: Int? = nil, outputDims: [Int]? = nil, attentionAxes: [Int]? = nil,
        _ headOptions: HeadOptions = HeadOptions(), call: AttentionCall = AttentionCall()
    ) {
        self.numHeads = numHeads
        self.keyDim = keyDim
        self.valueDim = valueDim ?? keyDim
        self.outputDims = outputDims
        self.attentionAxes = attentionAxes
        self.headOptions = headOptions
        self.call = call
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let list: (OptionValue) -> [Int]? = { value in
            if let one = value.int { return [one] }
            guard let many = value.array else { return nil }
            let ints = many.compactMap(\.int)
            return ints.count == many.count && !ints.isEmpty ? ints : nil
        }
        let keyDim = try options.ints("key_dim", count: 1, default: nil)[0]
        self.init(
            numHeads: try options.ints("num_heads", count: 1, default: nil)[0], keyDim: keyDim,
            valueDim: try options.ints("value_dim", count: 1, default: [keyDim])[0],
            outputDims: try options.optional("output_shape", "whole numbers", list),
            attentionAxes: try options.optional("attention_axes", "axes", list), try HeadOptions(from: &options))
    }

    public var options: Options {
        headOptions.options([
            "num_heads": .int(numHeads), "key_dim": .int(keyDim), "value_dim": .int(valueDim),
            "output_shape": outputDims.map { OptionValue($0) } ?? .null,
            "attention_axes": attentionAxes.map { OptionValue($0) } ?? .null,
        ])
    }

    // MARK: Shapes

    /// The axes that are attended over, from the first on.
    private func axes(_ rank: Int) -> [Int] { attentionAxes?.map { $0 < 0 ? $0 + rank : $0 } ?? Array(1..<rank - 1) }

    public func outputShapes(for all: [Shape]) throws(ShapeError) -> [Shape] {
        let (inputs, masks) = parts(all)
        guard inputs.count == 2 || inputs.count == 3, let query = inputs.first, query.count >= 3,
            inputs.allSatisfy({ $0.count == query.count && $0[$0.count - 1] > 0 }),
            inputs[1].dropLast() == inputs[inputs.count - 1].dropLast(),
            axes(query.count).allSatisfy({ (1..<query.count - 1).contains($0) }),
            Set(axes(query.count)).count == axes(query.count).count, outputDims?.allSatisfy({ $0 > 0 }) ?? true,
            (1..<query.count - 1).allSatisfy({ axes(query.count).contains($0) || query[$0] == inputs[1][$0] })
        else {
            throw ShapeError(
                layer: Self.kerasName,
                expected: "query [batch, …, n], value [batch, …, m] and key with the value's places", found: inputs)
        }
        try check(masks, inputs)
        if headOptions.slidingWindow != nil || call.usesCausalMask, axes(query.count) != [1] || query.count != 3 {
            throw ShapeError(
                layer: "MultiHeadAttention with a causal mask or a window", expected: "[batch, steps, features]",
                found: inputs)
        }
        let y = Shape(query.dropLast() + (outputDims ?? [query[query.count - 1]]))
        guard call.returnsScores else { return [y] }
        guard query.count == 3 else {
            throw ShapeError(
                layer: "MultiHeadAttention with scores", expected: "[batch, steps, features]", found: inputs)
        }
        return [y, [query[0], numHeads, query[1], inputs[1][1]]]
    }

    public func temporaries(for all: [Shape]) throws(ShapeError) -> Int {
        let inputs = parts(all).inputs
        let attended = axes(inputs[0].count)
        let others = inputs[0].indices.dropLast().filter { !attended.contains($0) }.map { inputs[0][$0] }
        return heads(inputs[0]).temporaries(
            batch: ShapeLimits.product(others), queries: ShapeLimits.product(attended.map { inputs[0][$0] }),
            keys: ShapeLimits.product(attended.map { inputs[1][$0] }))
    }

    public func weights(for all: [Shape]) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShapes(for: all)
        let inputs = parts(all).inputs
        func last(_ index: Int) -> Int { inputs[index][inputs[index].count - 1] }
        let dense = headOptions.weights
        let gate = headOptions.useGate ? dense("_gate_dense", [last(0)], [numHeads, valueDim]) : []
        return dense("query_dense", [last(0)], [numHeads, keyDim])
            + dense("key_dense", [last(inputs.count - 1)], [numHeads, keyDim]) + gate
            + dense("value_dense", [last(1)], [numHeads, valueDim])
            + dense("output_dense", [numHeads, valueDim], outputDims ?? [last(0)])
    }

    private func heads(_ query: Shape) -> ProjectedHeads {
        ProjectedHeads(
            queryHeads: numHeads, keyHeads: numHeads, keyDim: keyDim, valueDim: valueDim, options: headOptions,
            call: call, rules: maskRules, isFlat: query.count == 3)
    }

    // MARK: the heads over the attended axes, the others taken with the batch

    public func forward(_ all: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (inputs, masks) = parts(all)
        let query = inputs[0].shape
        let pass = heads(query).forward(inputs.map { folded($0, context.pool) }, masks, weights, context)
        let y = unfolded(
            pass.outputs[0], like: query, last: outputDims ?? [query[query.count - 1]], context.pool)
        return Pass(all, [y] + pass.outputs.dropFirst(), saved: pass.saved)
    }

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (given, masks) = parts(pass.inputs)
        let query = given[0].shape
        let inputs = given.map { folded($0, context.pool) }
        let width = ShapeLimits.product(outputDims ?? [query[query.count - 1]])
        let flat = dy[0].reshaped(to: Shape(query.dropLast() + [width]))
        let found = heads(query).backward(
            [folded(flat, context.pool)] + dy.dropFirst(), Pass(inputs, [], saved: pass.saved), masks, weights, context)
        let own = zip(found.inputs, given).map { gradient, x in
            gradient.map { unfolded($0, like: x.shape, last: [x.shape[x.shape.count - 1]], context.pool) }
        }
        return Gradients(inputs: withAllMasks(own), weights: found.weights)
    }

    private func order(_ rank: Int) -> [Int] {
        let attended = axes(rank)
        return [0] + (1..<rank - 1).filter { !attended.contains($0) } + attended + [rank - 1]
    }

    /// `[batch · others, attended places, features]`.
    private func folded(_ x: Tensor, _ pool: WorkerPool) -> Tensor {
        let rank = x.shape.count
        let order = order(rank)
        let moved = order == Array(0..<rank) ? x : transposed(x, axes: order, on: pool)
        let places = axes(rank).reduce(1) { $0 * x.shape[$1] }
        let features = x.shape[rank - 1]
        return moved.reshaped(to: [x.count / max(1, places * features), places, features])
    }

    private func unfolded(_ y: Tensor, like shape: Shape, last: [Int], _ pool: WorkerPool) -> Tensor {
        let order = order(shape.count)
        let width = ShapeLimits.product(last)
        let moved = y.reshaped(to: Shape(order.dropLast().map { shape[$0] } + [width]))
        let back = order.indices.map { order.firstIndex(of: $0) ?? $0 }
        let result = order == Array(0..<shape.count) ? moved : transposed(moved, axes: back, on: pool)
        return result.reshaped(to: Shape(shape.dropLast() + last))
    }
}
