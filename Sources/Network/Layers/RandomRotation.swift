import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Turns each image in training by a random angle, counted in whole turns; Keras' `RandomRotation`.
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomRotation: PixelMoving {
    public static let kerasName = "RandomRotation"

    /// The angles, as fractions of a turn; positive ones turn against the clock.
    public var factor: RandomRange
    public var sampling: PixelSampling
    public var seed: Int?

    public init(factor: RandomRange, sampling: PixelSampling = PixelSampling(), seed: Int? = nil) {
        self.factor = factor
        self.sampling = sampling
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        factor = try options.range("factor")
        sampling = try PixelSampling(from: &options)
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        var options: Options = ["factor": factor.optionValue, "data_format": "channels_last"]
        for (name, value) in sampling.options.pairs { options[name] = value }
        options["seed"] = seed.map { .int($0) } ?? .null
        return options
    }

    // MARK: x′ = cos α x − sin α y,  y′ = sin α x + cos α y  about the middle

    public func places(_ image: Int, height: Int, width: Int, _ random: Random) -> ProjectivePlaces {
        let angle = factor.value(random, at: image) * 2 * .pi
        let (cosine, sine) = (cos(angle), sin(angle))
        let (x, y) = (Float(width - 1) / 2, Float(height - 1) / 2)
        return ProjectivePlaces(
            cosine, -sine, x - (cosine * x - sine * y), sine, cosine, y - (sine * x + cosine * y))
    }
}
