import Tensors

/// Its input unchanged: what it does concerns boxes beside images, which a model's file never holds.
///
/// Keras' `MaxNumBoundingBoxes`.
public struct MaxNumBoundingBoxes: ImageAugmentation {
    public static let kerasName = "MaxNumBoundingBoxes"

    /// How many boxes an image keeps.
    public var maxNumber: Int

    public init(maxNumber: Int) { self.maxNumber = maxNumber }

    public init(from options: inout OptionReader) throws(OptionError) {
        maxNumber = try options.int("max_number")
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
        options.ignore("fill_value", "factor")
    }

    public var options: Options { ["max_number": .int(maxNumber), "data_format": "channels_last"] }

    public var seed: Int? { nil }

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor { x }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor { dy }
}
