import Tensors

/// Attention with scores that are sums (Bahdanau et al., 2015); Keras' `AdditiveAttention`.
///
///     scores = Σ scale · tanh(query + key) over the features,  y = softmax(scores) · value
///
/// The inputs are query `[batch, queries, features]`, value `[batch, keys, features]` and perhaps key, by default the
/// value; the output has shape `[batch, queries, features]`, `scale` `[features]`.
public struct AdditiveAttention: Layer, CallArguments {
    public static let kerasName = "AdditiveAttention"

    public var useScale: Bool
    public var dropout: Double
    public var seed: Int?
    public var call: AttentionCall

    public init(
        useScale: Bool = true, dropout: Double = 0, seed: Int? = nil, call: AttentionCall = AttentionCall()
    ) {
        self.useScale = useScale
        self.dropout = dropout
        self.seed = seed
        self.call = call
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(
            useScale: try options.bool("use_scale", default: true), dropout: try options.fraction("dropout"),
            seed: try options.seed())
    }

    public var options: Options {
        ["use_scale": .bool(useScale), "dropout": .double(dropout), "seed": seed.map { .int($0) } ?? .null]
    }

    public func called(with arguments: Options) -> AdditiveAttention? {
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
        _ = try outputShapes(for: inputs)
        return useScale ? [WeightSpec("scale", [inputs[0][2]], .glorotUniform)] : []
    }

    private func dropoutMask(_ shape: Shape, _ context: Context) -> Tensor? {
        guard context.mode == .training, dropout > 0 else { return nil }
        return Tensors.dropoutMask(shape, rate: dropout, context.random(seed), on: context.pool)
    }

    // MARK: y = softmax(Σ scale · tanh(query + key)) · value

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let pool = context.pool
        let tangents = hyperbolicTangent(PairwiseSum.of(inputs[0], inputs[inputs.count - 1]), on: pool)
        let sums = PairwiseSum.overFeatures(tangents, weights: weights.first)
        let scores = Tensors.softmax(call.usesCausalMask ? AttentionShapes.causal(sums, pool) : sums, on: pool)
        let dropped = masked(scores, dropoutMask(scores.shape, context), on: pool)
        let y = batchedProduct(dropped, inputs[1], on: pool)
        return Pass(inputs, call.returnsScores ? [y, dropped] : [y], saved: [scores, tangents])
    }

    // MARK: ds = softmax's way back,  dquery = dkey = ds scale (1 − tanh²),  dscale = Σ ds tanh

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let (scores, tangents) = (pass.saved[0], pass.saved[1])
        let mask = dropoutMask(scores.shape, context)
        var dp = batchedProduct(dy[0], pass.inputs[1], transposingB: true, on: pool)
        if call.returnsScores { dp = adding(dp, dy[1], on: pool) }
        let ds = softmaxGradient(masked(dp, mask, on: pool), scores, on: pool)
        let dv = batchedProduct(masked(scores, mask, on: pool), dy[0], transposingA: true, on: pool)
        let features = tangents.shape[3]
        var inner = PairwiseSum.spread(ds, over: tangents) { $0 * (1 - $1 * $1) }
        if let scale = weights.first { for i in 0..<inner.count { inner[i] *= scale[i % features] } }
        let (dq, dk) = PairwiseSum.gradients(inner)
        let dscale = sumRows(
            multiplying(PairwiseSum.spread(ds, over: tangents) { ds, _ in ds }, tangents, on: pool)
                .reshaped(to: [tangents.count / features, features]), on: pool)
        let inputs = pass.inputs.count == 3 ? [dq, dv, dk] : [dq, adding(dv, dk, on: pool)]
        return Gradients(inputs: inputs, weights: useScale ? [dscale] : [])
    }
}
