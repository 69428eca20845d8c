import Tensors

/// Attention of several heads (Vaswani et al., 2017); Keras' `MultiHeadAttention`.
///
///     y = Σ softmax(query · Wq · (key · Wk)ᵀ / √keyDim) · value · Wv · Wo over the heads
///
/// The inputs are query `[batch, …, queries, n]`, value `[batch, …, keys, m]` and perhaps key, by default the value; the
/// output has the query's shape, or `outputShape` in place of its last axis.
public struct MultiHeadAttention: Layer, CallArguments {
    public static let kerasName = "MultiHeadAttention"

    public var numHeads: Int
    public var keyDim: Int
    public var valueDim: Int
    public var dropout: Double
    public var useBias: Bool
    /// The output's last axes, by default the query's last one.
    public var outputDims: [Int]?
    /// The axes that are attended over, by default all between the batch and the features.
    public var attentionAxes: [Int]?
    /// How far a query reaches: positions nearer than this; `nil` reaches all.
    public var slidingWindow: Int?
    /// Whether a gate, a sigmoid of the query, is multiplied with the heads' outputs.
    public var useGate: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var seed: Int?
    public var call: AttentionCall

    public init(
        numHeads: Int, keyDim: Int, valueDim: Int? = nil, dropout: Double = 0, useBias: Bool = true,
        outputDims: [Int]? = nil, attentionAxes: [Int]? = nil, slidingWindow: Int? = nil, useGate: Bool = false,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros),
        seed: Int? = nil, call: AttentionCall = AttentionCall()
    ) {
        self.numHeads = numHeads
        self.keyDim = keyDim
        self.valueDim = valueDim ?? keyDim
        self.dropout = dropout
        self.useBias = useBias
        self.outputDims = outputDims
        self.attentionAxes = attentionAxes
        self.slidingWindow = slidingWindow
        self.useGate = useGate
        self.kernel = kernel
        self.bias = bias
        self.seed = seed
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
            dropout: try options.fraction("dropout"), useBias: try options.bool("use_bias", default: true),
            outputDims: try options.optional("output_shape", "whole numbers", list),
            attentionAxes: try options.optional("attention_axes", "axes", list),
            slidingWindow: try options.optional("sliding_window", "a positive whole number or null") {
                $0.int.flatMap { $0 > 0 ? $0 : nil }
            },
            useGate: try options.bool("use_gate", default: false),
            kernel: try options.weight("kernel", default: .glorotUniform),
            bias: try options.weight("bias", default: .zeros), seed: try options.seed())
        try options.refuse("activity_regularizer")
        options.ignore("flash_attention")  // another way to the same numbers
    }

    public var options: Options {
        var options: Options = [
            "num_heads": .int(numHeads), "key_dim": .int(keyDim), "value_dim": .int(valueDim),
            "dropout": .double(dropout), "use_bias": .bool(useBias), "use_gate": .bool(useGate),
            "output_shape": outputDims.map { OptionValue($0) } ?? .null,
            "attention_axes": attentionAxes.map { OptionValue($0) } ?? .null,
            "sliding_window": slidingWindow.map { .int($0) } ?? .null,
        ]
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: nil)
        options["seed"] = seed.map { .int($0) } ?? .null
        return options
    }

    public func called(with arguments: Options) -> MultiHeadAttention? {
        guard let call = AttentionCall(arguments) else { return nil }
        var called = self
        called.call = call
        return called
    }

    public var maskUse: MaskUse { .refuses }

    // MARK: Shapes

    /// The axes that are attended over, from the first on.
    private func axes(_ rank: Int) -> [Int] { attentionAxes?.map { $0 < 0 ? $0 + rank : $0 } ?? Array(1..<rank - 1) }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 2 || inputs.count == 3, let query = inputs.first, query.count >= 3,
            inputs.allSatisfy({ $0.count == query.count && $0[$0.count - 1] > 0 }),
            inputs[1].dropLast() == inputs[inputs.count - 1].dropLast(),
            axes(query.count).allSatisfy({ (1..<query.count - 1).contains($0) }),
            (1..<query.count - 1).allSatisfy({ axes(query.count).contains($0) || query[$0] == inputs[1][$0] })
        else {
            throw ShapeError(
                layer: Self.kerasName,
                expected: "query [batch, …, n], value [batch, …, m] and key with the value's places", found: inputs)
        }
        if slidingWindow != nil || call.usesCausalMask, axes(query.count) != [1] || query.count != 3 {
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

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShapes(for: inputs)
        func last(_ index: Int) -> Int { inputs[index][inputs[index].count - 1] }
        func dense(_ name: String, _ input: [Int], _ output: [Int]) -> [WeightSpec] {
            var kernel = kernel.spec("\(name)/kernel", Shape(input + output))
            kernel.initializer = .flattened(kernel.initializer, inputs: input.count)
            return useBias ? [kernel, bias.spec("\(name)/bias", Shape(output))] : [kernel]
        }
        let gate = useGate ? dense("_gate_dense", [last(0)], [numHeads, valueDim]) : []
        return dense("query_dense", [last(0)], [numHeads, keyDim])
            + dense("key_dense", [last(inputs.count - 1)], [numHeads, keyDim]) + gate
            + dense("value_dense", [last(1)], [numHeads, valueDim])
            + dense("output_dense", [numHeads, valueDim], outputDims ?? [last(0)])
    }

    private var heads: ProjectedHeads {
        ProjectedHeads(
            queryHeads: numHeads, keyHeads: numHeads, keyDim: keyDim, valueDim: valueDim, useBias: useBias,
            useGate: useGate, dropout: dropout, seed: seed, slidingWindow: slidingWindow, call: call)
    }

    // MARK: the heads over the attended axes, the others taken with the batch

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let rank = inputs[0].shape.count
        let pass = heads.forward(inputs.map { folded($0, context.pool) }, weights, context)
        let y = unfolded(
            pass.outputs[0], like: inputs[0].shape, last: outputDims ?? [inputs[0].shape[rank - 1]], context.pool)
        return Pass(inputs, [y] + pass.outputs.dropFirst(), saved: pass.saved)
    }

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let inputs = pass.inputs.map { folded($0, context.pool) }
        let width = (outputDims ?? [pass.inputs[0].shape[pass.inputs[0].shape.count - 1]]).reduce(1, *)
        let flat = dy[0].reshaped(to: Shape(pass.inputs[0].shape.dropLast() + [width]))
        let found = heads.backward(
            [folded(flat, context.pool)] + dy.dropFirst(), Pass(inputs, [], saved: pass.saved), weights, context)
        return Gradients(
            inputs: zip(found.inputs, pass.inputs).map { gradient, x in
                gradient.map { unfolded($0, like: x.shape, last: [x.shape[x.shape.count - 1]], context.pool) }
            }, weights: found.weights)
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
        let width = last.reduce(1, *)
        let moved = y.reshaped(to: Shape(order.dropLast().map { shape[$0] } + [width]))
        let back = order.indices.map { order.firstIndex(of: $0) ?? $0 }
        let result = order == Array(0..<shape.count) ? moved : transposed(moved, axes: back, on: pool)
        return result.reshaped(to: Shape(shape.dropLast() + last))
    }
}
