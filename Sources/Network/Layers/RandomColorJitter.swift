import Tensors

/// Changes brightness, contrast, saturation and hue of each image in training, in this order; Keras' `RandomColorJitter`.
///
/// Shapes are those of ``ImageAugmentation``; saturation and hue want 3 channels.
public struct RandomColorJitter: ImageAugmentation {
    public static let kerasName = "RandomColorJitter"

    /// Each of them `nil` where that stays as it is.
    public var brightnessFactor: RandomRange?
    public var contrastFactor: RandomRange?
    public var saturationFactor: RandomRange?
    public var hueFactor: RandomRange?
    public var valueRange: RandomRange
    public var seed: Int?

    public init(
        brightnessFactor: RandomRange? = nil, contrastFactor: RandomRange? = nil,
        saturationFactor: RandomRange? = nil, hueFactor: RandomRange? = nil,
        valueRange: RandomRange = RandomRange(0, 255), seed: Int? = nil
    ) {
        self.brightnessFactor = brightnessFactor
        self.contrastFactor = contrastFactor
        self.saturationFactor = saturationFactor
        self.hueFactor = hueFactor
        self.valueRange = valueRange
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        func factor(
            _ name: String, _ type: any FactorAugmentation.Type
        ) throws(OptionError) -> RandomRange? {
            guard options.value(name) != nil else { return nil }
            return try options.bounded(name, within: type.factorBounds) {
                RandomRange(max(-abs($0), type.factorBounds.lowerBound), abs($0))
            }
        }
        brightnessFactor = try factor("brightness_factor", RandomBrightness.self)
        contrastFactor = try factor("contrast_factor", RandomContrast.self)
        saturationFactor = try factor("saturation_factor", RandomSaturation.self)
        hueFactor = try factor("hue_factor", RandomHue.self)
        valueRange = try options.valueRange()
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "value_range": valueRange.optionValue, "brightness_factor": brightnessFactor?.optionValue ?? .null,
            "contrast_factor": contrastFactor?.optionValue ?? .null,
            "saturation_factor": saturationFactor?.optionValue ?? .null, "hue_factor": hueFactor?.optionValue ?? .null,
            "seed": .seed(seed), "data_format": "channels_last",
        ]
    }

    /// The layers that do it.
    private var layers: [any FactorAugmentation] {
        func drawing(_ factor: RandomRange) -> FactorOptions { FactorOptions(factor: factor, valueRange: valueRange) }
        var layers: [any FactorAugmentation] = []
        if let brightnessFactor { layers.append(RandomBrightness(drawing(brightnessFactor))) }
        if let contrastFactor { layers.append(RandomContrast(drawing(contrastFactor))) }
        if let saturationFactor { layers.append(RandomSaturation(drawing(saturationFactor))) }
        if let hueFactor { layers.append(RandomHue(drawing(hueFactor))) }
        return layers
    }

    private func steps(_ random: Random) -> [(layer: any ImageAugmentation, random: Random)] {
        layers.enumerated().map { ($1, random.stream(UInt64($0))) }
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        for layer in layers { _ = try layer.outputShape(for: input) }
        return try imageShape(input)
    }

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        steps(random).reduce(x) { $1.layer.augmented($0, $1.random, on: pool) }
    }

    // MARK: dx through all of them, from the last to the first

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        chain(steps(random), dy, x, on: pool)
    }
}
