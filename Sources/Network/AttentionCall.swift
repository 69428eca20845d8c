import Tensors

/// How Keras' attention layers are called: options of the call, not of the layer.
public struct AttentionCall: Hashable, Sendable {
    /// Whether position `i` attends to positions up to `i` alone.
    public var usesCausalMask: Bool
    /// Whether the scores are a second output.
    public var returnsScores: Bool

    public init(usesCausalMask: Bool = false, returnsScores: Bool = false) {
        self.usesCausalMask = usesCausalMask
        self.returnsScores = returnsScores
    }

    /// The call with these arguments of a file, `nil` where one is not known.
    init?(_ arguments: Options) {
        self.init()
        for (name, value) in arguments.pairs {
            guard let flag = value.bool else { return nil }
            switch name {
            case "use_causal_mask": usesCausalMask = flag
            case "return_attention_scores": returnsScores = flag
            default: return nil
            }
        }
    }
}
