import Tensors

/// Shears each image in training; Keras' `RandomShear`.
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomShear: PixelMoving {
    public static let kerasName = "RandomShear"

    /// How far rows are moved, for each pixel downwards.
    public var xFactor: RandomRange
    /// How far columns are moved, for each pixel to the right.
    public var yFactor: RandomRange
    public var sampling: PixelSampling
    public var seed: Int?

    public init(
        xFactor: RandomRange, yFactor: RandomRange, sampling: PixelSampling = PixelSampling(), seed: Int? = nil
    ) {
        self.xFactor = xFactor
        self.yFactor = yFactor
        self.sampling = sampling
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        xFactor = try options.bounded("x_factor", within: -1...1) { RandomRange(-abs($0), abs($0)) }
        yFactor = try options.bounded("y_factor", within: -1...1) { RandomRange(-abs($0), abs($0)) }
        sampling = try PixelSampling(from: &options)
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        var options: Options = ["x_factor": Self.value(xFactor), "y_factor": Self.value(yFactor)]
        for (name, value) in sampling.options.pairs { options[name] = value }
        options["seed"] = .seed(seed)
        options["data_format"] = "channels_last"
        return options
    }

    /// Keras makes `[-f, f]` of the number `f`, writes that, and refuses it where it reads it.
    private static func value(_ factor: RandomRange) -> OptionValue {
        factor.lower == -factor.upper ? .double(factor.upper) : factor.optionValue
    }

    /// How far an image is sheared along and down: both turned at even odds.
    public func draw(_ image: Int, _ random: Random) -> (along: Float, down: Float) {
        let sign: Float = random.uniform(at: 3 * image) > 0.5 ? -1 : 1
        return (
            sign * xFactor.value(random, at: 3 * image + 1), sign * yFactor.value(random, at: 3 * image + 2)
        )
    }

    // MARK: x′ = x + s y,  y′ = y + t x

    public func places(_ image: Int, height: Int, width: Int, _ random: Random) -> ProjectivePlaces {
        let (along, down) = draw(image, random)
        return ProjectivePlaces(1, along, 0, down, 1, 0)
    }
}
