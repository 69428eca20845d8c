/// The largest number of each window of a sequence: `y = max of x over the window`; Keras' `MaxPooling1D`.
///
/// Input and output have shape `[batch, length, channels]`. The arithmetic is in ``MaxPooling``.
public struct MaxPooling1D: MaxPooling {
    public static let kerasName = "MaxPooling1D"
    public static let axes = 1

    public var poolSize: [Int]
    public var strides: [Int]
    public var padding: Padding

    /// Windows of `poolSize` cells at `strides`, by default side by side.
    public init(poolSize: [Int] = [2], strides: [Int]? = nil, padding: Padding = .valid) {
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
    }
}
