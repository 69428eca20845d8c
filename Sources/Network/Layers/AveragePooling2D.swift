/// The mean of each window of an image: `y = mean of x over the window's cells inside the input`; Keras' `AveragePooling2D`.
///
/// Input and output have shape `[batch, height, width, channels]`. The arithmetic is in ``AveragePooling``.
public struct AveragePooling2D: AveragePooling {
    public static let kerasName = "AveragePooling2D"
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
