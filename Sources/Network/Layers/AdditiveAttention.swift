import Tensors

/// Attention with scores that are sums (Bahdanau et al., 2015); Keras' `AdditiveAttention`.
///
///     scores = Σ scale · tanh(query + key) over the features,  y = softmax(scores) · value
///
/// Inputs, output and masks are those of every ``DenseAttention``; `scale` has shape `[features]`.
public struct AdditiveAttention: DenseAttention {
    public static let kerasName = "AdditiveAttention"

    public var useScale: Bool
    public var dropout: Double
    public var seed: Int?
    public var call: AttentionCall
    public var maskedInputs: [Int] = []

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

    public var addsFeatures: Bool { true }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShapes(for: inputs)
        return useScale ? [WeightSpec("scale", [inputs[0][2]], .glorotUniform)] : []
    }

    // MARK: scores = Σ scale · tanh(query + key)

    public func scores(
        _ query: Tensor, _ key: Tensor, _ weights: [Tensor], on pool: WorkerPool
    ) -> (scores: Tensor, saved: [Tensor]) {
        let tangents = hyperbolicTangent(PairwiseSum.of(query, key), on: pool)
        return (PairwiseSum.overFeatures(tangents, weights: weights.first), [tangents])
    }

    // MARK: dquery = dkey = ds scale (1 − tanh²),  dscale = Σ ds tanh

    public func gradients(
        _ ds: Tensor, _ query: Tensor, _ key: Tensor, _ weights: [Tensor], saved: [Tensor], on pool: WorkerPool
    ) -> (query: Tensor, key: Tensor, weights: [Tensor]) {
        let tangents = saved[0]
        let features = tangents.shape[3]
        var inner = PairwiseSum.spread(ds, over: tangents) { $0 * (1 - $1 * $1) }
        if let scale = weights.first { for i in 0..<inner.count { inner[i] *= scale[i % features] } }
        let (dquery, dkey) = PairwiseSum.gradients(inner)
        guard useScale else { return (dquery, dkey, []) }
        let dscale = sumRows(
            multiplying(PairwiseSum.spread(ds, over: tangents) { ds, _ in ds }, tangents, on: pool)
                .reshaped(to: [tangents.count / features, features]), on: pool)
        return (dquery, dkey, [dscale])
    }
}
