import Tensors

/// Adds a random number to each image in training, and turns what is too bright; Keras' `Solarization`.
///
///     z = min(max(x + a, 0), 255),  y = z where z < t, 255 − z elsewhere, on the scale from 0 to 255
///
/// Shapes are those of ``ImageAugmentation``.
public struct Solarization: EachImageAugmentation {
    public static let kerasName = "Solarization"

    /// Where `a / 255` comes from; Keras takes the lower end for `a` itself.
    public var additionFactor: RandomRange
    /// Where `t / 255` comes from; Keras takes the lower end for `t` itself.
    public var thresholdFactor: RandomRange
    public var valueRange: RandomRange
    public var seed: Int?

    public init(
        additionFactor: RandomRange = RandomRange(0, 0), thresholdFactor: RandomRange = RandomRange(0, 0),
        valueRange: RandomRange = RandomRange(0, 255), seed: Int? = nil
    ) {
        self.additionFactor = additionFactor
        self.thresholdFactor = thresholdFactor
        self.valueRange = valueRange
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        additionFactor = try options.bounded("addition_factor", within: 0...1) { RandomRange(0, $0) }
        thresholdFactor = try options.bounded("threshold_factor", within: 0...1) { RandomRange(0, $0) }
        valueRange = try options.valueRange()
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "addition_factor": additionFactor.optionValue, "threshold_factor": thresholdFactor.optionValue,
            "value_range": valueRange.optionValue, "seed": .seed(seed), "data_format": "channels_last",
        ]
    }

    public func draw(_ image: Int, _ random: Random) -> (addition: Float, threshold: Float) {
        func number(_ factor: RandomRange, at position: Int) -> Float {
            RandomRange(factor.lower, factor.upper * 255).value(random, at: position)
        }
        return (number(additionFactor, at: 2 * image), number(thresholdFactor, at: 2 * image + 1))
    }

    private static let bytes = RandomRange(0, 255)

    public func changed(_ x: Tensor, _ drawn: (addition: Float, threshold: Float)) -> Tensor {
        mappedElements(x) { x in
            let z = Self.bytes.clipped(valueRange.toBytes(x) + drawn.addition)
            return valueRange.fromBytes(z < drawn.threshold ? z : 255 - z)
        }
    }

    // MARK: dx = ±dy where z is inside of the range

    public func gradient(_ dy: Tensor, _ x: Tensor, _ drawn: (addition: Float, threshold: Float)) -> Tensor {
        zippedElements(dy, x) { dy, x in
            let sum = valueRange.toBytes(x) + drawn.addition
            let d = Self.bytes.passed(dy, at: sum)
            return Self.bytes.clipped(sum) < drawn.threshold ? d : -d
        }
    }
}
