import Tensors

/// How Keras' attention layers are called: options of the call, not of the layer.
public struct AttentionCall: Hashable, Sendable {
    /// Whether position `i` attends to positions up to `i` alone.
    public var usesCausalMask: Bool
    /// Whether the scores are a second output.
    public var returnsScores: Bool
    /// Whether a mask `[batch, queries, keys]`, Keras' `attention_mask`, comes after query, value and key.
    public var takesMask: Bool

    public init(usesCausalMask: Bool = false, returnsScores: Bool = false, takesMask: Bool = false) {
        self.usesCausalMask = usesCausalMask
        self.returnsScores = returnsScores
        self.takesMask = takesMask
    }

    /// The call with these arguments of a file, `nil` where one is not known.
    init?(_ arguments: Options) {
        self.init()
        for (name, value) in arguments.pairs {
            switch (name, value) {
            case ("use_causal_mask", .bool(let flag)): usesCausalMask = flag
            case ("return_attention_scores", .bool(let flag)): returnsScores = flag
            case ("attention_mask", CallArgument.tensor): takesMask = true
            default: return nil
            }
        }
    }

    /// The arguments that are not as by default.
    var arguments: Options {
        var arguments = Options()
        if usesCausalMask { arguments["use_causal_mask"] = true }
        if returnsScores { arguments["return_attention_scores"] = true }
        if takesMask { arguments["attention_mask"] = CallArgument.tensor }
        return arguments
    }
}
