import Tensors

/// Mixes each image with another of the batch in training; Keras' `MixUp`.
///
///     y = λ x + (1 − λ) x′,  λ ~ Beta(α, α) for each image
///
/// Shapes are those of ``ImageAugmentation``. Targets stay as they are: Keras mixes them only outside of a model.
public struct MixUpLayer: MixingAugmentation {
    public static let kerasName = "MixUp"

    public var alpha: Double
    public var seed: Int?

    public init(alpha: Double = 0.2, seed: Int? = nil) {
        self.alpha = alpha
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        alpha = try options.optional("alpha", "a number above 0") { $0.double.flatMap { $0 > 0 ? $0 : nil } } ?? 0.2
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        ["alpha": .double(alpha), "seed": .seed(seed), "data_format": "channels_last"]
    }

    public func share(_ image: Int, _ shape: Shape, _ random: Random) -> (_ element: Int) -> Float {
        let share = random.stream(UInt64(image) + 1).beta(alpha)
        return { _ in share }
    }
}
