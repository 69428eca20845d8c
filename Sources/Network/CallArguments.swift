/// A layer that a file may call with arguments which are no tensors, such as `use_causal_mask=True`.
public protocol CallArguments: Layer {
    /// The layer for a call with these arguments, `nil` where it has no such argument or value.
    func called(with arguments: Options) -> Self?
}
