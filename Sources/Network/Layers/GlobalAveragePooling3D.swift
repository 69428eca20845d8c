/// The mean of each channel of a volume: `y = mean of x` over all places; Keras' `GlobalAveragePooling3D`.
///
/// The input has shape `[batch, depth, height, width, channels]`, the output `[batch, channels]`, or with `keepdims` the
/// input's rank with extents of 1. The arithmetic is in ``GlobalAveragePooling``.
public struct GlobalAveragePooling3D: GlobalAveragePooling {
    public static let kerasName = "GlobalAveragePooling3D"
    public static let axes = 3

    public var keepdims: Bool

    public init(keepdims: Bool = false) { self.keepdims = keepdims }
}
