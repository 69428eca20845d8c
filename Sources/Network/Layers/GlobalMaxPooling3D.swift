/// The largest number of each channel of a volume: `y = max of x` over all places; Keras' `GlobalMaxPooling3D`.
///
/// The input has shape `[batch, depth, height, width, channels]`, the output `[batch, channels]`, or with `keepdims` the
/// input's rank with extents of 1. The arithmetic is in ``GlobalMaxPooling``.
public struct GlobalMaxPooling3D: GlobalMaxPooling {
    public static let kerasName = "GlobalMaxPooling3D"
    public static let axes = 3

    public var keepdims: Bool

    public init(keepdims: Bool = false) { self.keepdims = keepdims }
}
