import Tensors

/// Attention in which several heads of queries share one head of keys and values (Ainslie et al., 2023).
///
/// The inputs are query `[batch, queries, n]`, value `[batch, keys, m]` and perhaps key, by default the value; the output
/// has the query's shape; Keras' `GroupQueryAttention`, also called `GroupedQueryAttention`.
public struct GroupQueryAttention: Layer, CallArguments {
    public static let kerasName = "GroupQueryAttention"

    public var headDim: Int
    public var numQueryHeads: Int
    public var numKeyValueHeads: Int
    public var dropout: Double
    public var useBias: Bool
    /// How far a query reaches: positions nearer than this; `nil` reaches all.
    public var slidingWindow: Int?
    /// Whether a gate, a sigmoid of the query, is multiplied with the heads' outputs.
    public var useGate: Bool
    public var kernel: WeightOptions
    public var bias: WeightOptions
    public var seed: Int?
    public var call: AttentionCall

    public init(
        headDim: Int, numQueryHeads: Int, numKeyValueHeads: Int, dropout: Double = 0, useBias: Bool = true,
        slidingWindow: Int? = nil, useGate: Bool = false, kernel: WeightOptions = WeightOptions(.glorotUniform),
        bias: WeightOptions = WeightOptions(.zeros), seed: Int? = nil, call: AttentionCall = AttentionCall()
    ) {
        self.headDim = headDim
        self.numQueryHeads = numQueryHeads
        self.numKeyValueHeads = numKeyValueHeads
        self.dropout = dropout
        self.useBias = useBias
        self.slidingWindow = slidingWindow
        self.useGate = useGate
        self.kernel = kernel
        self.bias = bias
        self.seed = seed
        self.call = call
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let queryHeads = try options.ints("num_query_heads", count: 1, default: nil)[0]
        self.init(
            headDim: try options.ints("head_dim", count: 1, default: nil)[0], numQueryHeads: queryHeads,
            numKeyValueHeads: try options.required("num_key_value_heads", "a divisor of num_query_heads") {
                $0.int.flatMap { $0 > 0 && queryHeads % $0 == 0 ? $0 : nil }
            }, dropout: try options.fraction("dropout"), useBias: try options.bool("use_bias", default: true),
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
            "head_dim": .int(headDim), "num_query_heads": .int(numQueryHeads),
            "num_key_value_heads": .int(numKeyValueHeads), "use_bias": .bool(useBias), "use_gate": .bool(useGate),
            "sliding_window": slidingWindow.map { .int($0) } ?? .null, "dropout": .double(dropout),
        ]
        options.append(weights: [("kernel", kernel), ("bias", bias)], activityRegularizer: nil)
        options["seed"] = seed.map { .int($0) } ?? .null
        return options
    }

    public func called(with arguments: Options) -> GroupQueryAttention? {
        guard let call = AttentionCall(arguments) else { return nil }
        var called = self
        called.call = call
        return called
    }

    public var maskUse: MaskUse { .refuses }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.count == 3 && $0[2] > 0 }),
            inputs[1][1] == inputs[inputs.count - 1][1]
        else {
            throw ShapeError(
                layer: Self.kerasName, expected: "query [batch, queries, n], value [batch, keys, m] and key",
                found: inputs)
        }
        let scores: Shape = [inputs[0][0], numQueryHeads, inputs[0][1], inputs[1][1]]
        return call.returnsScores ? [inputs[0], scores] : [inputs[0]]
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShapes(for: inputs)
        func dense(_ name: String, _ input: [Int], _ output: [Int]) -> [WeightSpec] {
            var kernel = kernel.spec("_\(name)_dense/kernel", Shape(input + output))
            kernel.initializer = .flattened(kernel.initializer, inputs: input.count)
            return useBias ? [kernel, bias.spec("_\(name)_dense/bias", Shape(output))] : [kernel]
        }
        let gate = useGate ? dense("gate", [inputs[0][2]], [numQueryHeads, headDim]) : []
        return dense("query", [inputs[0][2]], [numQueryHeads, headDim])
            + dense("key", [inputs[inputs.count - 1][2]], [numKeyValueHeads, headDim]) + gate
            + dense("value", [inputs[1][2]], [numKeyValueHeads, headDim])
            + dense("output", [numQueryHeads, headDim], [inputs[0][2]])
    }

    private var heads: ProjectedHeads {
        ProjectedHeads(
            queryHeads: numQueryHeads, keyHeads: numKeyValueHeads, keyDim: headDim, valueDim: headDim,
            useBias: useBias, useGate: useGate, dropout: dropout, seed: seed, slidingWindow: slidingWindow, call: call)
    }

    // MARK: as ``ProjectedHeads`` says

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        heads.forward(inputs, weights, context)
    }

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        heads.backward(dy, pass, weights, context)
    }
}
