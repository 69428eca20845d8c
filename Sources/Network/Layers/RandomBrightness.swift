import Tensors

/// Adds a random number to all pixels of each image in training; Keras' `RandomBrightness`.
///
///     y = min(max(x + δ · (high − low), low), high),  δ from `factor`
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomBrightness: ImageAugmentation {
    public static let kerasName = "RandomBrightness"

    public var factor: RandomRange
    /// The numbers that pixels may have.
    public var valueRange: RandomRange
    public var seed: Int?

    public init(factor: RandomRange, valueRange: RandomRange = RandomRange(0, 255), seed: Int? = nil) {
        self.factor = factor
        self.valueRange = valueRange
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        factor = try options.range("factor")
        valueRange = try options.valueRange()
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "factor": factor.optionValue, "value_range": valueRange.optionValue,
            "seed": seed.map { .int($0) } ?? .null, "data_format": "channels_last",
        ]
    }

    private func sum(_ i: Int, _ x: Tensor, _ random: Random) -> Float {
        let image = i / (x.count / max(1, x.shape[0]))
        return x[i] + factor.value(random, at: image) * Float(valueRange.upper - valueRange.lower)
    }

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        Tensor(unsafeUninitialized: x.shape) { target in
            for i in target.indices {
                target[i] = min(max(sum(i, x, random), Float(valueRange.lower)), Float(valueRange.upper))
            }
        }
    }

    // MARK: dx = dy where y is inside of the range

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        Tensor(unsafeUninitialized: x.shape) { target in
            for i in target.indices {
                let y = sum(i, x, random)
                target[i] = y >= Float(valueRange.lower) && y <= Float(valueRange.upper) ? dy[i] : 0
            }
        }
    }
}
