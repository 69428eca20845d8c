import Tensors

/// Moves each image in training by random parts of its extents; Keras' `RandomTranslation`.
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomTranslation: PixelMoving {
    public static let kerasName = "RandomTranslation"

    /// How far down, as a part of the height.
    public var heightFactor: RandomRange
    /// How far to the right, as a part of the width.
    public var widthFactor: RandomRange
    public var sampling: PixelSampling
    public var seed: Int?

    public init(
        heightFactor: RandomRange, widthFactor: RandomRange, sampling: PixelSampling = PixelSampling(),
        seed: Int? = nil
    ) {
        self.heightFactor = heightFactor
        self.widthFactor = widthFactor
        self.sampling = sampling
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        heightFactor = try options.range("height_factor")
        widthFactor = try options.range("width_factor")
        sampling = try PixelSampling(from: &options)
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        var options: Options = [
            "height_factor": heightFactor.optionValue, "width_factor": widthFactor.optionValue,
        ]
        for (name, value) in sampling.options.pairs { options[name] = value }
        options["seed"] = seed.map { .int($0) } ?? .null
        options["data_format"] = "channels_last"
        return options
    }

    // MARK: x′ = x − d

    public func places(_ image: Int, height: Int, width: Int, _ random: Random) -> ProjectivePlaces {
        let down = heightFactor.value(random, at: 2 * image) * Float(height)
        let right = widthFactor.value(random, at: 2 * image + 1) * Float(width)
        return ProjectivePlaces(1, 0, -right, 0, 1, -down)
    }
}
