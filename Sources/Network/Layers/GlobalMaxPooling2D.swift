/// The largest number of each channel of an image: `y = max of x` over all places; Keras' `GlobalMaxPooling2D`.
///
/// The input has shape `[batch, height, width, channels]`, the output `[batch, channels]`, or with `keepdims` the
/// input's rank with extents of 1. The arithmetic is in ``GlobalMaxPooling``.
public struct GlobalMaxPooling2D: GlobalMaxPooling {
    public static let kerasName = "GlobalMaxPooling2D"
    public static let axes = 2

    public var keepdims: Bool

    public init(keepdims: Bool = false) { self.keepdims = keepdims }
}
