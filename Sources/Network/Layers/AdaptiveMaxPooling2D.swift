/// The largest number of each window of an image, with windows that give a certain size; Keras' `AdaptiveMaxPooling2D`.
///
/// Input and output have shape `[batch, height, width, channels]`; the output's axes between batch and channels have the
/// extents `outputSize`. The arithmetic is in ``AdaptiveMaxPooling``.
public struct AdaptiveMaxPooling2D: AdaptiveMaxPooling {
    public static let kerasName = "AdaptiveMaxPooling2D"
    public static let axes = 2

    public var outputSize: [Int]

    public init(outputSize: [Int]) { self.outputSize = outputSize }
}
