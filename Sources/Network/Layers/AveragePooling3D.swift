/// The mean of each window of a volume: `y = mean of x over the window's cells inside the input`; Keras' `AveragePooling3D`.
///
/// Input and output have shape `[batch, depth, height, width, channels]`. The arithmetic is in ``AveragePooling``.
public struct AveragePooling3D: AveragePooling {
    public static let kerasName = "AveragePooling3D"
    public static let axes = 3

    public var poolSize: [Int]
    public var strides: [Int]
    public var padding: Padding

    /// Windows of `poolSize` cells at `strides`, by default side by side.
    public init(poolSize: [Int] = [2, 2, 2], strides: [Int]? = nil, padding: Padding = .valid) {
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
    }
}
