import Tensors

/// Dot-product attention (Luong et al., 2015): `y = softmax(scores) · value`; Keras' `Attention`.
///
///     scores = scale · query · keyᵀ, or with "concat" w Σ tanh(scale · (query + key)) over the features
///
/// The inputs are query `[batch, queries, features]`, value `[batch, keys, values]` and perhaps key
/// `[batch, keys, features]`, by default the value; the output has shape `[batch, queries, values]`.
public struct Attention: Layer, CallArguments {
    public static let kerasName = "Attention"

    /// How a query and a key make a score.
    public enum ScoreMode: String, Hashable, Sendable, CaseIterable { case dot, concat }

    /// Whether a trained number scales the scores.
    public var useScale: Bool
    public var scoreMode: ScoreMode
    public var dropout: Double
    public var seed: Int?
    public var call: AttentionCall

    public init(
        useScale: Bool = false, scoreMode: ScoreMode = .dot, dropout: Double = 0, seed: Int? = nil,
        call: AttentionCall = AttentionCall()
    ) {
        self.useScale = useScale
        self.scoreMode = scoreMode
        self.dropout = dropout
        self.seed = seed
        self.call = call
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(
            useScale: try options.bool("use_scale", default: false),
            scoreMode: try options.choice("score_mode", default: .dot), dropout: try options.fraction("dropout"),
            seed: try options.seed())
    }

    public var options: Options {
        [
            "use_scale": .bool(useScale), "score_mode": .string(scoreMode.rawValue), "dropout": .double(dropout),
            "seed": seed.map { .int($0) } ?? .null,
        ]
    }

    public func called(with arguments: Options) -> Attention? {
        guard let call = AttentionCall(arguments) else { return nil }
        var called = self
        called.call = call
        return called
    }

    public var maskUse: MaskUse { .refuses }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        try AttentionShapes.outputs(inputs, call, layer: Self.kerasName)
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        (useScale ? [WeightSpec("scale", [], .ones)] : [])
            + (scoreMode == .concat ? [WeightSpec("concat_score_weight", [], .ones)] : [])
    }

    // MARK: y = softmax(scores) · value

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (q, v, k) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        let pool = context.pool
        let (product, tangents) = scores(q, k, weights, pool)
        let allowed = call.usesCausalMask ? AttentionShapes.causal(product, pool) : product
        let probabilities = Tensors.softmax(allowed, on: pool)
        let mask = dropoutMask(probabilities.shape, context)
        let dropped = masked(probabilities, mask, on: pool)
        let y = batchedProduct(dropped, v, on: pool)
        return Pass(inputs, call.returnsScores ? [y, dropped] : [y], saved: [probabilities] + tangents)
    }

    private func dropoutMask(_ shape: Shape, _ context: Context) -> Tensor? {
        guard context.mode == .training, dropout > 0 else { return nil }
        return Tensors.dropoutMask(shape, rate: dropout, context.random(seed), on: context.pool)
    }

    /// The scores, and tanh's values where the way back needs them.
    private func scores(
        _ q: Tensor, _ k: Tensor, _ weights: [Tensor], _ pool: WorkerPool
    ) -> (Tensor, [Tensor]) {
        let scale = useScale ? weights[0][0] : 1
        switch scoreMode {
        case .dot: return (scaled(batchedProduct(q, k, transposingB: true, on: pool), by: scale, on: pool), [])
        case .concat:
            let sums = mapped(PairwiseSum.of(q, k), on: pool) { scale * $0 }
            let tangents = hyperbolicTangent(sums, on: pool)
            let weight = weights[weights.count - 1][0]
            return (scaled(PairwiseSum.overFeatures(tangents), by: weight, on: pool), [tangents])
        }
    }

    // MARK: ds = softmax's way back, then dq = scale ds · key, dkey = scale dsᵀ · query, dscale = Σ ds q kᵀ

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let (q, v, k) = (pass.inputs[0], pass.inputs[1], pass.inputs[pass.inputs.count - 1])
        let p = pass.saved[0]
        let mask = dropoutMask(p.shape, context)
        var dp = batchedProduct(dy[0], v, transposingB: true, on: pool)
        if call.returnsScores { dp = adding(dp, dy[1], on: pool) }
        let ds = softmaxGradient(masked(dp, mask, on: pool), p, on: pool)
        var dv = batchedProduct(masked(p, mask, on: pool), dy[0], transposingA: true, on: pool)
        let scale = useScale ? weights[0][0] : 1
        var (dq, dk): (Tensor, Tensor)
        var dweights: [Tensor] = []
        switch scoreMode {
        case .dot:
            dq = scaled(batchedProduct(ds, k, on: pool), by: scale, on: pool)
            dk = scaled(batchedProduct(ds, q, transposingA: true, on: pool), by: scale, on: pool)
            if useScale {
                let product = batchedProduct(q, k, transposingB: true, on: pool)
                dweights = [Tensor([], [total(multiplying(ds, product, on: pool))])]
            }
        case .concat:
            let tangents = pass.saved[1]
            let weight = weights[weights.count - 1][0]
            let inner = PairwiseSum.spread(ds, over: tangents) { weight * $0 * (1 - $1 * $1) }
            (dq, dk) = PairwiseSum.gradients(scaled(inner, by: scale, on: pool))
            if useScale {
                dweights = [Tensor([], [total(multiplying(inner, PairwiseSum.of(q, k), on: pool))])]
            }
            dweights.append(Tensor([], [total(multiplying(ds, PairwiseSum.overFeatures(tangents), on: pool))]))
        }
        guard pass.inputs.count == 3 else {
            dv = adding(dv, dk, on: pool)
            return Gradients(inputs: [dq, dv], weights: dweights)
        }
        return Gradients(inputs: [dq, dv, dk], weights: dweights)
    }

    private func total(_ x: Tensor) -> Float { Float(x.elements.reduce(0) { $0 + Double($1) }) }
}

/// The shape rule and the causal mask that Attention and AdditiveAttention share.
enum AttentionShapes {
    static func outputs(_ inputs: [Shape], _ call: AttentionCall, layer: String) throws(ShapeError) -> [Shape] {
        guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.count == 3 }),
            inputs[0][2] == inputs[inputs.count - 1][2],
            inputs[1][1] == inputs[inputs.count - 1][1]
        else {
            throw ShapeError(
                layer: layer, expected: "query [batch, queries, n], value [batch, keys, m] and key [batch, keys, n]",
                found: inputs)
        }
        let y: Shape = [inputs[0][0], inputs[0][1], inputs[1][2]]
        return call.returnsScores ? [y, [inputs[0][0], inputs[0][1], inputs[1][1]]] : [y]
    }

    /// The scores `[batch, queries, keys]` with those of later keys out of reach.
    static func causal(_ scores: Tensor, _ pool: WorkerPool) -> Tensor {
        let (queries, keys) = (scores.shape[1], scores.shape[2])
        var scores = scores
        scores.withMutableElements { scores in
            for i in scores.indices where i % keys > i / keys % queries { scores[i] -= 1e9 }
        }
        return scores
    }
}

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
