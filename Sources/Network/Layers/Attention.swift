import Tensors

/// Dot-product attention (Luong et al., 2015): `y = softmax(scores) · value`; Keras' `Attention`.
///
///     scores = scale · query · keyᵀ, or with "concat" w Σ tanh(scale · (query + key)) over the features
///
/// Inputs, output and masks are those of every ``DenseAttention``; `scale` and `w` are single numbers.
public struct Attention: DenseAttention {
    public static let kerasName = "Attention"

    /// How a query and a key make a score.
    public enum ScoreMode: String, Hashable, Sendable, CaseIterable { case dot, concat }

    /// Whether a trained number scales the scores.
    public var useScale: Bool
    public var scoreMode: ScoreMode
    public var dropout: Double
    public var seed: Int?
    public var call: AttentionCall
    public var maskedInputs: [Int] = []

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

    public var addsFeatures: Bool { scoreMode == .concat }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        (useScale ? [WeightSpec("scale", [], .ones)] : [])
            + (scoreMode == .concat ? [WeightSpec("concat_score_weight", [], .ones)] : [])
    }

    // MARK: scores = scale · query · keyᵀ, or w Σ tanh(scale · (query + key))

    public func scores(
        _ query: Tensor, _ key: Tensor, _ weights: [Tensor], on pool: WorkerPool
    ) -> (scores: Tensor, saved: [Tensor]) {
        let scale = useScale ? weights[0][0] : 1
        switch scoreMode {
        case .dot: return (scaled(batchedProduct(query, key, transposingB: true, on: pool), by: scale, on: pool), [])
        case .concat:
            let sums = mapped(PairwiseSum.of(query, key), on: pool) { scale * $0 }
            let tangents = hyperbolicTangent(sums, on: pool)
            let weight = weights[weights.count - 1][0]
            return (scaled(PairwiseSum.overFeatures(tangents), by: weight, on: pool), [tangents])
        }
    }

    // MARK: dquery = scale ds · key,  dkey = scale dsᵀ · query,  dscale = Σ ds query · keyᵀ

    public func gradients(
        _ ds: Tensor, _ query: Tensor, _ key: Tensor, _ weights: [Tensor], saved: [Tensor], on pool: WorkerPool
    ) -> (query: Tensor, key: Tensor, weights: [Tensor]) {
        let scale = useScale ? weights[0][0] : 1
        switch scoreMode {
        case .dot:
            var dscale: [Tensor] = []
            if useScale {
                let product = batchedProduct(query, key, transposingB: true, on: pool)
                dscale = [Tensor([], [total(multiplying(ds, product, on: pool))])]
            }
            return (
                scaled(batchedProduct(ds, key, on: pool), by: scale, on: pool),
                scaled(batchedProduct(ds, query, transposingA: true, on: pool), by: scale, on: pool), dscale
            )
        case .concat:
            let tangents = saved[0]
            let weight = weights[weights.count - 1][0]
            let inner = PairwiseSum.spread(ds, over: tangents) { weight * $0 * (1 - $1 * $1) }
            let (dquery, dkey) = PairwiseSum.gradients(scaled(inner, by: scale, on: pool))
            var dweights: [Tensor] = []
            if useScale {
                dweights = [Tensor([], [total(multiplying(inner, PairwiseSum.of(query, key), on: pool))])]
            }
            dweights.append(Tensor([], [total(multiplying(ds, PairwiseSum.overFeatures(tangents), on: pool))]))
            return (dquery, dkey, dweights)
        }
    }

    private func total(_ x: Tensor) -> Float { Float(x.elements.reduce(0) { $0 + Double($1) }) }
}
