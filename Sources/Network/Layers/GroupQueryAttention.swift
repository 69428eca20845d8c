import Tensors

/// Attention in which several heads of queries share one head of keys and values (Ainslie et al., 2023).
///
/// The inputs are query `[batch, queries, n]`, value `[batch, keys, m]` and perhaps key, by default the value; the output
/// has the query's shape; Keras' `GroupQueryAttention`, also called `GroupedQueryAttention`.
public struct GroupQueryAttention: ProjectedAttention {
    public static let kerasName = "GroupQueryAttention"

    public var headDim: Int
    public var numQueryHeads: Int
    public var numKeyValueHeads: Int
    public var headOptions: HeadOptions
    public var call: AttentionCall
    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init(
        headDim: Int, numQueryHeads: Int, numKeyValueHeads: Int, _ headOptions: HeadOptions = HeadOptions(),
        call: AttentionCall = AttentionCall()
    ) {
        self.headDim = headDim
        self.numQueryHeads = numQueryHeads
        self.numKeyValueHeads = numKeyValueHeads
        self.headOptions = headOptions
        self.call = call
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let queryHeads = try options.ints("num_query_heads", count: 1, default: nil)[0]
        self.init(
            headDim: try options.ints("head_dim", count: 1, default: nil)[0], numQueryHeads: queryHeads,
            numKeyValueHeads: try options.required("num_key_value_heads", "a divisor of num_query_heads") {
                $0.int.flatMap { $0 > 0 && queryHeads % $0 == 0 ? $0 : nil }
            }, try HeadOptions(from: &options))
    }

    public var options: Options {
        headOptions.options([
            "head_dim": .int(headDim), "num_query_heads": .int(numQueryHeads),
            "num_key_value_heads": .int(numKeyValueHeads),
        ])
    }

    public func outputShapes(for all: [Shape]) throws(ShapeError) -> [Shape] {
        let (inputs, masks) = parts(all)
        guard inputs.count == 2 || inputs.count == 3, inputs.allSatisfy({ $0.count == 3 && $0[2] > 0 }),
            inputs[1][1] == inputs[inputs.count - 1][1]
        else {
            throw ShapeError(
                layer: Self.kerasName, expected: "query [batch, queries, n], value [batch, keys, m] and key",
                found: inputs)
        }
        try check(masks, inputs)
        let scores: Shape = [inputs[0][0], numQueryHeads, inputs[0][1], inputs[1][1]]
        return call.returnsScores ? [inputs[0], scores] : [inputs[0]]
    }

    public func temporaries(for all: [Shape]) throws(ShapeError) -> Int {
        let inputs = parts(all).inputs
        return heads.temporaries(batch: inputs[0][0], queries: inputs[0][1], keys: inputs[1][1])
    }

    public func weights(for all: [Shape]) throws(ShapeError) -> [WeightSpec] {
        _ = try outputShapes(for: all)
        let inputs = parts(all).inputs
        func dense(_ name: String, _ input: [Int], _ output: [Int]) -> [WeightSpec] {
            headOptions.weights("_\(name)_dense", input, output)
        }
        let gate = headOptions.useGate ? dense("gate", [inputs[0][2]], [numQueryHeads, headDim]) : []
        return dense("query", [inputs[0][2]], [numQueryHeads, headDim])
            + dense("key", [inputs[inputs.count - 1][2]], [numKeyValueHeads, headDim]) + gate
            + dense("value", [inputs[1][2]], [numKeyValueHeads, headDim])
            + dense("output", [numQueryHeads, headDim], [inputs[0][2]])
    }

    private var heads: ProjectedHeads {
        ProjectedHeads(
            queryHeads: numQueryHeads, keyHeads: numKeyValueHeads, keyDim: headDim, valueDim: headDim,
            options: headOptions, call: call, rules: maskRules)
    }

    // MARK: as ``ProjectedHeads`` says

    public func forward(_ all: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (inputs, masks) = parts(all)
        let pass = heads.forward(inputs, masks, weights, context)
        return Pass(all, pass.outputs, saved: pass.saved)
    }

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (inputs, masks) = parts(pass.inputs)
        let found = heads.backward(dy, Pass(inputs, pass.outputs, saved: pass.saved), masks, weights, context)
        return Gradients(inputs: withAllMasks(found.inputs), weights: found.weights)
    }
}
