import Tensors

/// Attention of one head, without projections: what ``Attention`` and ``AdditiveAttention`` share.
///
///     y = softmax(scores(query, key)) · value
///
/// The inputs are query `[batch, queries, n]`, value `[batch, keys, m]` and perhaps key `[batch, keys, n]`, by default
/// the value; the output has shape `[batch, queries, m]`. A mask of the value hides its keys from all queries; where a
/// mask hides a query, the output is 0. The key's own mask is not asked for, as in Keras.
public protocol DenseAttention: MaskReading, CallArguments {
    var dropout: Double { get }
    var seed: Int? { get }
    var call: AttentionCall { get set }

    /// Whether scores come from sums of each feature of each query and key.
    var addsFeatures: Bool { get }

    /// The scores `[batch, queries, keys]`, and what the way back needs.
    func scores(
        _ query: Tensor, _ key: Tensor, _ weights: [Tensor], on pool: WorkerPool
    ) -> (scores: Tensor, saved: [Tensor])

    /// The gradients of query, key and weights from those of the scores.
    func gradients(
        _ ds: Tensor, _ query: Tensor, _ key: Tensor, _ weights: [Tensor], saved: [Tensor], on pool: WorkerPool
    ) -> (query: Tensor, key: Tensor, weights: [Tensor])
}

extension DenseAttention {
    public func called(with arguments: Options) -> Self? {
        guard let call = AttentionCall(arguments), !call.takesMask else { return nil }
        var called = self
        called.call = call
        return called
    }

    public var callArguments: Options { call.arguments }

    public var maskUse: MaskUse { .reads }

    public func readsMask(of input: Int, among count: Int) -> Bool { input < 2 }

    public func carriesMask(to output: Int) -> Bool { output == 0 }

    public func outputShapes(for all: [Shape]) throws(ShapeError) -> [Shape] {
        let (inputs, masks) = unmasked(all)
        guard masks.allSatisfy({ $0.map { $0.count == 2 } ?? true }) else {
            throw ShapeError(
                layer: "\(Self.kerasName) with masks", expected: "masks [batch, steps]", found: all)
        }
        guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.count == 3 }),
            inputs[0][2] == inputs[inputs.count - 1][2],
            inputs[1][1] == inputs[inputs.count - 1][1]
        else {
            throw ShapeError(
                layer: Self.kerasName,
                expected: "query [batch, queries, n], value [batch, keys, m] and key [batch, keys, n]", found: inputs)
        }
        let y: Shape = [inputs[0][0], inputs[0][1], inputs[1][2]]
        return call.returnsScores ? [y, [inputs[0][0], inputs[0][1], inputs[1][1]]] : [y]
    }

    /// Scores, probabilities and their gradients for each query and key, and with sums of features those of each.
    public func temporaries(for all: [Shape]) throws(ShapeError) -> Int {
        let inputs = unmasked(all).inputs
        return ShapeLimits.product(
            4, inputs[0][0], inputs[0][1], inputs[1][1], addsFeatures ? 1 + inputs[0][2] : 1)
    }

    private func dropoutMask(_ shape: Shape, _ context: Context) -> Tensor? {
        context.dropoutMask(shape, rate: dropout, seed: seed)
    }

    // MARK: p = softmax(scores − 10⁹ where hidden),  y = dropout(p) · value, 0 where the query is hidden

    public func forward(_ all: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (inputs, masks) = unmasked(all)
        let pool = context.pool
        let found = scores(inputs[0], inputs[inputs.count - 1], weights, on: pool)
        let probabilities = Tensors.softmax(hidden(found.scores, valueMask: masks[1]), on: pool)
        let dropped = masked(probabilities, dropoutMask(probabilities.shape, context), on: pool)
        let y = batchedProduct(dropped, inputs[1], on: pool).keepingRows(of: masks[0])
        return Pass(all, call.returnsScores ? [y, dropped] : [y], saved: [probabilities] + found.saved)
    }

    // MARK: dvalue = pᵀ dy,  dp = dy valueᵀ,  ds = softmax's way back

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (inputs, masks) = unmasked(pass.inputs)
        let pool = context.pool
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        let probabilities = pass.saved[0]
        let mask = dropoutMask(probabilities.shape, context)
        let dOutput = dy[0].keepingRows(of: masks[0])
        var dp = batchedProduct(dOutput, value, transposingB: true, on: pool)
        if call.returnsScores { dp = adding(dp, dy[1], on: pool) }
        let ds = softmaxGradient(masked(dp, mask, on: pool), probabilities, on: pool)
        let dvalue = batchedProduct(masked(probabilities, mask, on: pool), dOutput, transposingA: true, on: pool)
        let d = gradients(ds, query, key, weights, saved: Array(pass.saved.dropFirst()), on: pool)
        let own = inputs.count == 3 ? [d.query, dvalue, d.key] : [d.query, adding(dvalue, d.key, on: pool)]
        return Gradients(inputs: withMasks(own), weights: d.weights)
    }

    /// The scores `[batch, queries, keys]` with those out of reach that a query does not see: later ones and hidden ones.
    private func hidden(_ scores: Tensor, valueMask: Tensor?) -> Tensor {
        guard call.usesCausalMask || valueMask != nil else { return scores }
        let (queries, keys) = (scores.shape[1], scores.shape[2])
        var scores = scores
        scores.withMutableElements { scores in
            for i in scores.indices {
                let key = i % keys
                let isLater = call.usesCausalMask && key > i / keys % queries
                let isHidden = valueMask.map { $0[i / (keys * queries) * keys + key] == 0 } ?? false
                if isLater || isHidden { scores[i] -= 1e9 }
            }
        }
        return scores
    }
}

extension Context {
    /// What numbers are multiplied by that are dropped at this rate in training; `nil` where none are.
    func dropoutMask(_ shape: Shape, rate: Double, seed: Int?) -> Tensor? {
        guard mode == .training, rate > 0 else { return nil }
        return Tensors.dropoutMask(shape, rate: rate, random(seed), on: pool)
    }
}

extension Tensor {
    /// The rows that a mask keeps, and zeros in the others.
    func keepingRows(of mask: Tensor?) -> Tensor {
        guard let mask else { return self }
        let width = mask.count == 0 ? 1 : count / mask.count
        var kept = self
        kept.withMutableElements { kept in
            for i in kept.indices where mask[i / width] == 0 { kept[i] = 0 }
        }
        return kept
    }
}
