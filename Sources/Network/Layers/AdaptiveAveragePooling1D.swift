/// The mean of each window of a sequence, with windows that give a certain size; Keras' `AdaptiveAveragePooling1D`.
///
/// Input and output have shape `[batch, length, channels]`; the output's axes between batch and channels have the
/// extents `outputSize`. The arithmetic is in ``AdaptiveAveragePooling``.
public struct AdaptiveAveragePooling1D: AdaptiveAveragePooling {
    public static let kerasName = "AdaptiveAveragePooling1D"
    public static let axes = 1

    public var outputSize: [Int]

    public init(outputSize: [Int]) { self.outputSize = outputSize }
}
