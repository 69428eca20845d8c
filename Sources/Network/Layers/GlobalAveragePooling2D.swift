/// The mean of each channel of an image: `y = mean of x` over all places; Keras' `GlobalAveragePooling2D`.
///
/// The input has shape `[batch, height, width, channels]`, the output `[batch, channels]`, or with `keepdims` the
/// input's rank with extents of 1. The arithmetic is in ``GlobalAveragePooling``.
public struct GlobalAveragePooling2D: GlobalAveragePooling {
    public static let kerasName = "GlobalAveragePooling2D"
    public static let axes = 2

    public var keepdims: Bool

    public init(keepdims: Bool = false) { self.keepdims = keepdims }
}
