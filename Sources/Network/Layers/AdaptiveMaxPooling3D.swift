/// The largest number of each window of a volume, with windows that give a certain size; Keras' `AdaptiveMaxPooling3D`.
///
/// Input and output have shape `[batch, depth, height, width, channels]`; the output's axes between batch and channels have the
/// extents `outputSize`. The arithmetic is in ``AdaptiveMaxPooling``.
public struct AdaptiveMaxPooling3D: AdaptiveMaxPooling {
    public static let kerasName = "AdaptiveMaxPooling3D"
    public static let axes = 3

    public var outputSize: [Int]

    public init(outputSize: [Int]) { self.outputSize = outputSize }
}
