import Tensors

/// Zooms each image in training by random factors about its middle; Keras' `RandomZoom`.
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomZoom: PixelMoving {
    public static let kerasName = "RandomZoom"

    /// How much more of the height is seen; negative numbers zoom in.
    public var heightFactor: RandomRange
    /// How much more of the width is seen, by default as much as of the height.
    public var widthFactor: RandomRange?
    public var sampling: PixelSampling
    public var seed: Int?

    public init(
        heightFactor: RandomRange, widthFactor: RandomRange? = nil, sampling: PixelSampling = PixelSampling(),
        seed: Int? = nil
    ) {
        self.heightFactor = heightFactor
        self.widthFactor = widthFactor
        self.sampling = sampling
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        heightFactor = try options.range("height_factor")
        widthFactor = try options.optional("width_factor", "a number or a pair of numbers", OptionReader.range)
        sampling = try PixelSampling(from: &options)
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        var options: Options = [
            "height_factor": heightFactor.optionValue, "width_factor": widthFactor?.optionValue ?? .null,
        ]
        for (name, value) in sampling.options.pairs { options[name] = value }
        options["seed"] = seed.map { .int($0) } ?? .null
        options["data_format"] = "channels_last"
        return options
    }

    // MARK: x′ = z x  about the middle

    public func places(_ image: Int, height: Int, width: Int, _ random: Random) -> ProjectivePlaces {
        let zy = 1 + heightFactor.value(random, at: 2 * image)
        let zx = widthFactor.map { 1 + $0.value(random, at: 2 * image + 1) } ?? zy
        return ProjectivePlaces(
            zx, 0, Float(width - 1) / 2 * (1 - zx), 0, zy, Float(height - 1) / 2 * (1 - zy))
    }
}
