/// The largest number of each window of an image: `y = max of x over the window`; Keras' `MaxPooling2D`.
///
/// Input and output have shape `[batch, height, width, channels]`. The arithmetic is in ``MaxPooling``.
public struct MaxPooling2D: MaxPooling {
    public static let kerasName = "MaxPooling2D"
    public static let axes = 2

    public var poolSize: [Int]
    public var strides: [Int]
    public var padding: Padding

    /// Windows of `poolSize` cells at `strides`, by default side by side.
    public init(poolSize: [Int] = [2, 2], strides: [Int]? = nil, padding: Padding = .valid) {
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
    }
}
