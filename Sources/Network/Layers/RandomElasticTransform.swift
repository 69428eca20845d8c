import Tensors

/// Bends some images in training as if they were drawn on rubber (Simard et al., 2003); Keras' `RandomElasticTransform`.
///
///     y[p] = x[p + α blur(σ n[p])],  n normal,  α = 0.1 s · the longer side,  σ = 0.05 s · the shorter one
///
/// A batch has one `s` of `scale`; each image is bent by itself, where Keras' `fit` gives every image of a batch its
/// first one. Shapes are those of ``ImageAugmentation``.
public struct RandomElasticTransform: PixelMoving {
    public static let kerasName = "RandomElasticTransform"

    /// Where the probability comes from.
    public var factor: RandomRange
    /// Where the strength comes from.
    public var scale: RandomRange
    public var sampling: PixelSampling
    public var valueRange: RandomRange
    public var seed: Int?

    public init(
        factor: RandomRange = RandomRange(0, 1), scale: RandomRange = RandomRange(0, 1),
        sampling: PixelSampling = PixelSampling(), valueRange: RandomRange = RandomRange(0, 255), seed: Int? = nil
    ) {
        self.factor = factor
        self.scale = scale
        self.sampling = sampling
        self.valueRange = valueRange
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        factor = try options.bounded("factor", within: 0...1) { RandomRange(0, $0) }
        scale = try options.bounded("scale", within: 0...1) { RandomRange(0, $0) }
        sampling = try PixelSampling(from: &options)
        valueRange = try options.valueRange()
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        var options: Options = [
            "factor": factor.optionValue, "scale": scale.optionValue, "value_range": valueRange.optionValue,
            "seed": .seed(seed), "data_format": "channels_last",
        ]
        for (name, value) in sampling.options.pairs { options[name] = value }
        return options
    }

    private var isOff: Bool { scale.upper == 0 || factor.upper == 0 }

    // MARK: y = clip(x[p + α d[p]])

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        isOff ? x : mapped(moved(x, random), on: pool, valueRange.clipped)
    }

    // MARK: dx[q] = Σ w dy[p] over what was not clipped

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        isOff ? dy : movedBack(zipped(dy, moved(x, random), on: pool) { valueRange.passed($0, at: $1) }, random)
    }

    /// Pixels that lie beside themselves.
    public struct Places: PixelPlaces {
        let width: Int
        /// How far each pixel is off its place, row by row; empty where all stay.
        let columns: [Float]
        let rows: [Float]

        public func place(_ x: Int, _ y: Int) -> (column: Float, row: Float) {
            guard !rows.isEmpty else { return (Float(x), Float(y)) }
            return (Float(x) + columns[y * width + x], Float(y) + rows[y * width + x])
        }
    }

    public func places(_ image: Int, height: Int, width: Int, _ random: Random) -> Places {
        let own = random.stream(UInt64(image) + 1)
        let strength = scale.value(random, at: 0)
        let sigma = 0.05 * strength * Float(min(height, width))
        guard own.uniform(at: 1) < factor.value(own, at: 0), sigma > 0 else {
            return Places(width: width, columns: [], rows: [])
        }
        let alpha = 0.1 * strength * Float(max(height, width))
        let size = 6 * Int(sigma) | 1
        let blur = Smoothing.bell(size: (size, size), sigma: (sigma, sigma))
        func offsets(_ stream: UInt64) -> [Float] {
            let noise = Initializer.randomNormal(mean: 0, standardDeviation: Double(sigma))
                .draw([height, width, 1], own.stream(stream))
            return blur(noise).elements.map { alpha * $0 }
        }
        return Places(width: width, columns: offsets(1), rows: offsets(2))
    }
}
