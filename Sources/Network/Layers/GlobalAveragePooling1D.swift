/// The mean of each channel of a sequence: `y = mean of x` over all places; Keras' `GlobalAveragePooling1D`.
///
/// The input has shape `[batch, length, channels]`, the output `[batch, channels]`, or with `keepdims` the
/// input's rank with extents of 1. The arithmetic is in ``GlobalAveragePooling``.
public struct GlobalAveragePooling1D: GlobalAveragePooling {
    public static let kerasName = "GlobalAveragePooling1D"
    public static let axes = 1

    public var keepdims: Bool

    public init(keepdims: Bool = false) { self.keepdims = keepdims }
}
