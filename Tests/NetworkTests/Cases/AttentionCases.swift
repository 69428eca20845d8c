import Networks
import Tensors

extension LayerCase {
    static let attentions: [LayerCase] = [plain, multiHead, grouped, masked, einsum, wrapped].flatMap { $0 }

    private static let causal = AttentionCall(usesCausalMask: true)
    private static let causalCall = "layer(xs, use_causal_mask=True, **kwargs)"
    private static let scoring = AttentionCall(returnsScores: true)
    private static let scoringCall = "layer(xs, return_attention_scores=True, **kwargs)"

    private static var plain: [LayerCase] {
        var cases: [LayerCase] = []
        for useScale in [false, true] {
            for mode in Attention.ScoreMode.allCases {
                cases.append(LayerCase(Attention(useScale: useScale, scoreMode: mode), [2, 3, 4], [2, 5, 4]))
                cases.append(
                    LayerCase(Attention(useScale: useScale, scoreMode: mode), [2, 3, 4], [2, 5, 2], [2, 5, 4]))
            }
            cases.append(LayerCase(AdditiveAttention(useScale: useScale), [2, 3, 4], [2, 5, 4]))
            cases.append(LayerCase(AdditiveAttention(useScale: useScale), [1, 1, 1], [1, 1, 1], [1, 1, 1]))
        }
        cases.append(LayerCase(Attention(call: causal), [2, 4, 3], [2, 4, 3], kerasCall: causalCall))
        cases.append(LayerCase(Attention(call: scoring), [2, 4, 3], [2, 5, 3], kerasCall: scoringCall))
        cases.append(LayerCase(AdditiveAttention(call: causal), [2, 4, 3], [2, 4, 3], kerasCall: causalCall))
        cases.append(LayerCase(AdditiveAttention(call: scoring), [2, 4, 3], [2, 2, 3], kerasCall: scoringCall))
        cases.append(LayerCase(Attention(dropout: 0.4, seed: 2), [2, 4, 3], [2, 4, 3], isRandom: true))
        return cases
    }

    private static let spread = "layer(*xs, **kwargs)"
    private static let spreadCausal = "layer(*xs, use_causal_mask=True, **kwargs)"
    private static let spreadScoring = "layer(*xs, return_attention_scores=True, **kwargs)"

    private static var multiHead: [LayerCase] {
        [
            LayerCase(MultiHeadAttention(numHeads: 2, keyDim: 3), [2, 4, 5], [2, 4, 5], kerasCall: spread),
            LayerCase(
                MultiHeadAttention(numHeads: 3, keyDim: 2, valueDim: 4, HeadOptions(useBias: false)), [2, 4, 5],
                [2, 3, 2],
                [2, 3, 6],
                kerasCall: "layer(xs[0], xs[1], key=xs[2], **kwargs)"),
            LayerCase(
                MultiHeadAttention(numHeads: 1, keyDim: 1, outputDims: [2, 3]), [1, 1, 1], [1, 2, 1], kerasCall: spread),
            LayerCase(
                MultiHeadAttention(numHeads: 2, keyDim: 2, call: causal), [2, 4, 3], [2, 4, 3], kerasCall: spreadCausal),
            LayerCase(
                MultiHeadAttention(numHeads: 2, keyDim: 2, HeadOptions(slidingWindow: 2), call: causal), [2, 5, 3],
                [2, 5, 3],
                kerasCall: spreadCausal),
            LayerCase(
                MultiHeadAttention(numHeads: 2, keyDim: 2, HeadOptions(useGate: true, slidingWindow: 2)), [2, 5, 3],
                [2, 5, 3],
                kerasCall: spread),
            LayerCase(
                MultiHeadAttention(numHeads: 2, keyDim: 2, call: scoring), [2, 4, 3], [2, 3, 3],
                kerasCall: spreadScoring),
            LayerCase(MultiHeadAttention(numHeads: 2, keyDim: 2), [2, 2, 3, 4], [2, 3, 2, 4], kerasCall: spread),
            LayerCase(
                MultiHeadAttention(numHeads: 2, keyDim: 2, attentionAxes: [2]), [2, 2, 3, 4], [2, 2, 5, 4],
                kerasCall: spread),
            LayerCase(
                MultiHeadAttention(numHeads: 2, keyDim: 3, HeadOptions(dropout: 0.3, seed: 4)), [2, 4, 5], [2, 4, 5],
                isRandom: true,
                kerasCall: spread),
        ]
    }

    private static var grouped: [LayerCase] {
        [
            LayerCase(
                GroupQueryAttention(headDim: 3, numQueryHeads: 4, numKeyValueHeads: 2), [2, 4, 5], [2, 3, 5],
                kerasCall: spread),
            LayerCase(
                GroupQueryAttention(
                    headDim: 2, numQueryHeads: 3, numKeyValueHeads: 1, HeadOptions(useBias: false, useGate: true),
                    call: causal),
                [2, 4, 5], [2, 4, 3], [2, 4, 2],
                kerasCall: "layer(xs[0], xs[1], key=xs[2], use_causal_mask=True, **kwargs)"
            ),
            LayerCase(
                GroupQueryAttention(
                    headDim: 2, numQueryHeads: 2, numKeyValueHeads: 2, HeadOptions(slidingWindow: 2)),
                [2, 4, 3], [2, 4, 3], kerasCall: spread),
        ]
    }

    /// Every combination of masks that can reach attention; some hide all keys from a query.
    private static var masked: [LayerCase] {
        let (query, value): (Shape, Shape) = ([3, 4, 3], [3, 5, 3])
        let window = HeadOptions(slidingWindow: 2)
        var cases: [LayerCase] = []
        for masks in [[0], [1], [0, 1]] {
            cases += [
                LayerCase(Attention(useScale: true), query, value).masking(masks),
                LayerCase(Attention(scoreMode: .concat, call: causal), query, value, kerasCall: causalCall)
                    .masking(masks),
                LayerCase(AdditiveAttention(call: scoring), query, value, kerasCall: scoringCall).masking(masks),
                LayerCase(MultiHeadAttention(numHeads: 2, keyDim: 3), query, value, kerasCall: spread).masking(masks),
                LayerCase(
                    MultiHeadAttention(numHeads: 2, keyDim: 2, call: scoring), query, value, kerasCall: spreadScoring
                ).masking(masks),
                LayerCase(
                    MultiHeadAttention(numHeads: 2, keyDim: 2, window, call: causal), query, query,
                    kerasCall: spreadCausal
                ).masking(masks),
                LayerCase(
                    GroupQueryAttention(headDim: 3, numQueryHeads: 4, numKeyValueHeads: 2), query, value,
                    kerasCall: spread
                ).masking(masks),
            ]
        }
        let given = AttentionCall(takesMask: true)
        let giving = "layer(xs[0], xs[1], attention_mask=xs[2] > 0, **kwargs)"
        cases += [
            LayerCase(
                MultiHeadAttention(numHeads: 3, keyDim: 2), query, value, value,
                kerasCall: "layer(xs[0], xs[1], key=xs[2], **kwargs)"
            ).masking([0, 1, 2]),
            LayerCase(
                MultiHeadAttention(numHeads: 2, keyDim: 2, call: given), query, value, [3, 4, 5], kerasCall: giving),
            LayerCase(
                GroupQueryAttention(headDim: 2, numQueryHeads: 2, numKeyValueHeads: 1, call: given), query, value,
                [3, 4, 5], kerasCall: giving
            ).masking([1]),
        ]
        return cases
    }

    private static var einsum: [LayerCase] {
        let equations: [(String, [Int?], String?, Shape)] = [
            ("ab,bc->ac", [3], "c", [2, 4]), ("abc,cd->abd", [nil, 3], "d", [2, 5, 4]),
            ("abc,cd->abd", [nil, 2], nil, [2, 3, 1]),
            ("...x,xy->...y", [3], "y", [2, 3, 2, 4]), ("abc,cde->abde", [nil, 2, 3], "de", [2, 3, 4]),
            ("abc,bcd->ad", [3], "d", [2, 3, 4]), ("ab...,bc->ac...", [3], "c", [2, 4, 3, 2]),
            ("abc,bd->acd", [4, 3], "cd", [2, 3, 4]),
            ("abc,bcd->abd", [3, 2], "bd", [2, 3, 4]),
        ]
        return equations.map { equation, dims, bias, input in
            LayerCase(
                EinsumDense(equation: equation, outputDims: dims, activation: .tanh, biasAxes: bias), input)
        }
    }

    private static var wrapped: [LayerCase] {
        // Each training call moves the kernel, and the comparison makes several.
        [
            LayerCase(SpectralNormalization(Dense(units: 3, activation: .tanh)), [2, 4], isRandom: true),
            LayerCase(
                SpectralNormalization(Conv2D(filters: 2, kernelSize: [2, 3], useBias: false), powerIterations: 3),
                [2, 4, 5, 3], isRandom: true),
        ]
    }
}
