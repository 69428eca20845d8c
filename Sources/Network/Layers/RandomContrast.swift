import Tensors

/// Spreads the pixels of each image in training about their channel's mean μ; Keras' `RandomContrast`.
///
///     y = min(max((x − μ) f + μ, low), high),  f from 1 − lower to 1 + upper
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomContrast: ImageAugmentation {
    public static let kerasName = "RandomContrast"

    /// How far `f` goes below and above 1, both positive.
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
        factor = try options.required("factor", "a positive number or a pair of them") { value in
            if let one = value.double { return one >= 0 ? RandomRange(one, one) : nil }
            guard let pair = value.array?.compactMap(\.double), pair.count == 2, pair.allSatisfy({ $0 >= 0 })
            else { return nil }
            return RandomRange(pair[0], pair[1])
        }
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

    /// The factor of each image.
    private func f(_ image: Int, _ random: Random) -> Float {
        RandomRange(1 - factor.lower, 1 + factor.upper).value(random, at: image)
    }

    /// The mean of each channel of each image, `[batch, channels]`.
    private func means(_ x: Tensor) -> [Float] {
        let channels = x.shape[3]
        let places = x.shape[1] * x.shape[2]
        var sums = [Double](repeating: 0, count: x.shape[0] * channels)
        for i in 0..<x.count { sums[i / (places * channels) * channels + i % channels] += Double(x[i]) }
        return sums.map { Float($0 / Double(places)) }
    }

    private func spread(_ i: Int, _ x: Tensor, _ means: [Float], _ random: Random) -> Float {
        let channels = x.shape[3]
        let image = i / (x.shape[1] * x.shape[2] * channels)
        let mean = means[image * channels + i % channels]
        return (x[i] - mean) * f(image, random) + mean
    }

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let means = means(x)
        return Tensor(unsafeUninitialized: x.shape) { target in
            for i in target.indices {
                target[i] = min(
                    max(spread(i, x, means, random), Float(valueRange.lower)), Float(valueRange.upper))
            }
        }
    }

    // MARK: dx = f d + (1 − f) mean d,  where d = dy inside of the range, 0 elsewhere

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let means = means(x)
        let d = Tensor(unsafeUninitialized: x.shape) { target in
            for i in target.indices {
                let y = spread(i, x, means, random)
                target[i] = y >= Float(valueRange.lower) && y <= Float(valueRange.upper) ? dy[i] : 0
            }
        }
        let dMeans = self.means(d)
        let channels = x.shape[3]
        return Tensor(unsafeUninitialized: x.shape) { target in
            for i in target.indices {
                let image = i / (x.shape[1] * x.shape[2] * channels)
                let f = f(image, random)
                target[i] = f * d[i] + (1 - f) * dMeans[image * channels + i % channels]
            }
        }
    }
}
