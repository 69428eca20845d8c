import Tensors

/// An embedding that can also be read backwards, from rows to the scores of indices; Keras' `ReversibleEmbedding`.
///
///     y[…, :] = embeddings[x[…], :];  in reverse y = x · embeddingsᵀ, or x · reverse_embeddings
///
/// Forwards the shapes are those of ``Embedding``; in reverse `[…, outputDim]` becomes `[…, inputDim]`. A call in reverse
/// has its input twice.
public struct ReversibleEmbedding: FlaggedCalls {
    public static let kerasName = "ReversibleEmbedding"
    public static let callFlag = "reverse"

    public var embedding: Embedding
    /// Whether the way back takes the same table.
    public var tiesWeights: Bool
    /// What scores do not get beyond: they become `cap · tanh(score / cap)`.
    public var logitSoftCap: Double?

    public init(_ embedding: Embedding, tiesWeights: Bool = true, logitSoftCap: Double? = nil) {
        self.embedding = embedding
        self.tiesWeights = tiesWeights
        self.logitSoftCap = logitSoftCap
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        embedding = try Embedding(from: &options)
        tiesWeights = try options.bool("tie_weights", default: true)
        logitSoftCap = try options.optional("logit_soft_cap", "a number above 0, or null") { value in
            value.double.flatMap { $0 > 0 ? $0 : nil }
        }
        _ = try options.optional("reverse_dtype", "\"float32\" or null") { $0.string == "float32" ? true : nil }
    }

    public var options: Options {
        var options = embedding.options
        options["tie_weights"] = .bool(tiesWeights)
        options["reverse_dtype"] = .null
        options["logit_soft_cap"] = logitSoftCap.map { .double($0) } ?? .null
        return options
    }

    public var maskUse: MaskUse { embedding.maskUse }

    public var activityRegularizer: Regularizer? { embedding.activityRegularizer }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 2 else { return try embedding.outputShapes(for: inputs) }
        guard inputs[0].count >= 2, inputs[0].last == embedding.outputDim, inputs[0] == inputs[1] else {
            throw ShapeError(
                layer: "ReversibleEmbedding in reverse", expected: "[batch, …, \(embedding.outputDim)]",
                found: inputs[0])
        }
        let places = Shape(inputs[0].dropLast())
        // Keras' result has no mask there, which ones are too.
        return [places + [embedding.inputDim]] + (embedding.maskZero ? [places] : [])
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        let table = embedding.embeddings.spec("embeddings", [embedding.inputDim, embedding.outputDim])
        let back = WeightSpec(
            "reverse_embeddings", [embedding.outputDim, embedding.inputDim], embedding.embeddings.initializer)
        return tiesWeights ? [table] : [table, back]
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        inputs.count == 2 ? ShapeLimits.product(inputs[0].elementCount, embedding.inputDim) : 0
    }

    /// A tensor as rows.
    private func rows(_ x: Tensor) -> Tensor {
        let columns = x.shape[x.shape.count - 1]
        return x.reshaped(to: [x.count / max(1, columns), columns])
    }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        guard inputs.count == 2 else { return embedding.forward(inputs, [weights[0]], context) }
        let x = inputs[0]
        var y = matmul(
            rows(x), weights[tiesWeights ? 0 : 1], transposingB: tiesWeights, on: context.pool)
        if let cap = logitSoftCap.map({ Float($0) }) {
            let bounded = hyperbolicTangent(scaled(y, by: 1 / cap, on: context.pool), on: context.pool)
            y = scaled(bounded, by: cap, on: context.pool)
        }
        let places = Shape(x.shape.dropLast())
        return Pass(
            inputs,
            [y.reshaped(to: places + [embedding.inputDim])]
                + (embedding.maskZero ? [Tensor(places, repeating: 1)] : []))
    }

    // MARK: in reverse dz = dy (1 − (y / cap)²),  dx = dz · embeddings,  dembeddings = dzᵀ · x

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        guard pass.inputs.count == 2 else {
            var found = embedding.backward([dy[0]], pass, [weights[0]], context)
            if !tiesWeights { found.weights.append(Tensor(weights[1].shape)) }
            return found
        }
        var dz = rows(dy[0])
        if let cap = logitSoftCap.map({ Float($0) }) {
            dz = zipped(dz, rows(pass.outputs[0]), on: context.pool) { dy, y in dy * (1 - (y / cap) * (y / cap)) }
        }
        let x = rows(pass.inputs[0])
        let dx = matmul(dz, weights[tiesWeights ? 0 : 1], transposingB: !tiesWeights, on: context.pool)
        let inputs = [dx.reshaped(to: pass.inputs[0].shape), Tensor(pass.inputs[0].shape)]
        guard tiesWeights else {
            let back = matmul(x, dz, transposingA: true, on: context.pool)
            return Gradients(inputs: inputs, weights: [Tensor(weights[0].shape), back])
        }
        return Gradients(inputs: inputs, weights: [matmul(dz, x, transposingA: true, on: context.pool)])
    }
}
