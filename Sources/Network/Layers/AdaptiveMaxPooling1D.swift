/// The largest number of each window of a sequence, with windows that give a certain size; Keras' `AdaptiveMaxPooling1D`.
///
/// Input and output have shape `[batch, length, channels]`; the output's axes between batch and channels have the
/// extents `outputSize`. The arithmetic is in ``AdaptiveMaxPooling``.
public struct AdaptiveMaxPooling1D: AdaptiveMaxPooling {
    public static let kerasName = "AdaptiveMaxPooling1D"
    public static let axes = 1

    public var outputSize: [Int]

    public init(outputSize: [Int]) { self.outputSize = outputSize }
}
