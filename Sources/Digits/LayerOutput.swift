import Tensors

/// What a layer gave for one digit.
public struct LayerOutput: Sendable {
    public let layer: String
    /// Keras' name of the layer's kind.
    public let className: String
    /// Without the batch axis: `[height, width, channels]` where it is maps.
    public let output: Tensor
}
