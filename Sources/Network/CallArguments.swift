/// A layer that a file may call with arguments which are no tensors, such as `use_causal_mask=True`.
public protocol CallArguments: Layer {
    /// The layer for a call with these arguments, `nil` where it has no such argument or value.
    func called(with arguments: Options) -> Self?

    /// The arguments of the layer's calls that are not as by default.
    var callArguments: Options { get }
}

/// A layer of which a file may call some times with a flag, such as `reverse=True`: such a call has its input twice.
public protocol FlaggedCalls: Layer {
    /// Keras' name of the flag.
    static var callFlag: String { get }
}

/// What stands for an argument that is a tensor: it is the last of the call's inputs.
public enum CallArgument {
    public static let tensor: OptionValue = "a tensor"
}
