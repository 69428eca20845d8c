/// The largest number of each channel of a sequence: `y = max of x` over all places; Keras' `GlobalMaxPooling1D`.
///
/// The input has shape `[batch, length, channels]`, the output `[batch, channels]`, or with `keepdims` the
/// input's rank with extents of 1. The arithmetic is in ``GlobalMaxPooling``.
public struct GlobalMaxPooling1D: GlobalMaxPooling {
    public static let kerasName = "GlobalMaxPooling1D"
    public static let axes = 1

    public var keepdims: Bool

    public init(keepdims: Bool = false) { self.keepdims = keepdims }
}
