import Tensors

/// Puts a box of another image of the batch into each in training (Yun et al., 2019); Keras' `CutMix`.
///
/// The box covers `1 − λ` of the image, `λ ~ Beta(α, α)` with one α for the batch from `factor`. Shapes are those of
/// ``ImageAugmentation``. Targets stay as they are: Keras mixes them only outside of a model.
public struct CutMix: MixingAugmentation {
    public static let kerasName = "CutMix"

    public var factor: RandomRange
    public var seed: Int?

    public init(factor: RandomRange = RandomRange(0, 1), seed: Int? = nil) {
        self.factor = factor
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        factor = try options.bounded("factor", within: 0...1) { RandomRange(0, $0) }
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        ["factor": factor.optionValue, "seed": .seed(seed), "data_format": "channels_last"]
    }

    public func share(_ image: Int, _ shape: Shape, _ random: Random) -> (_ element: Int) -> Float {
        let alpha = Double(factor.value(random, at: 0)) + 1e-6
        let own = random.stream(UInt64(image) + 1)
        let side = (1 - own.beta(alpha)).squareRoot()
        let (width, channels) = (shape[1], shape[2])
        let box = RandomBox(height: shape[0], width: width, shares: (side, side), own.stream(2), at: 0)
        return { element in
            box.contains(row: element / channels / width, column: element / channels % width) ? 0 : 1
        }
    }
}
