import Tensors

/// A mean of chains of augmentations, mixed with the image, in training (Hendrycks et al., 2020); Keras' `AugMix`.
///
///     y = min(max(w x + (1 − w) Σ mᵢ chainᵢ(x), low), high),  w ~ Beta(α, α),  m ~ Dirichlet(α)
///
/// All images of a batch have the same chains, w and m, each image numbers of its own in the chains. Shapes are those of
/// ``ImageAugmentation``, with 1 or 3 channels.
public struct AugMix: ImageAugmentation {
    public static let kerasName = "AugMix"

    /// How strong the augmentations are, and the rest.
    public var drawing: FactorOptions
    public var chainCount: Int
    /// How many augmentations a chain has, some of which may do nothing.
    public var chainDepth: Int
    public var alpha: Double
    /// Whether those of colours are among them.
    public var allOperations: Bool
    public var interpolation: PixelSampling.Interpolation

    public init(
        _ drawing: FactorOptions, chainCount: Int = 3, chainDepth: Int = 3, alpha: Double = 1,
        allOperations: Bool = true, interpolation: PixelSampling.Interpolation = .bilinear
    ) {
        self.drawing = drawing
        self.chainCount = chainCount
        self.chainDepth = chainDepth
        self.alpha = alpha
        self.allOperations = allOperations
        self.interpolation = interpolation
    }

    public var seed: Int? { drawing.seed }

    public init(from options: inout OptionReader) throws(OptionError) {
        drawing = try options.factorOptions(within: 0...1) { RandomRange(0, $0) }
        chainCount = try options.ints("num_chains", count: 1, default: [3])[0]
        chainDepth = try options.ints("chain_depth", count: 1, default: [3])[0]
        alpha = try options.optional("alpha", "a number above 0") { $0.double.flatMap { $0 > 0 ? $0 : nil } } ?? 1
        allOperations = try options.bool("all_ops", default: true)
        interpolation = try options.choice("interpolation", default: .bilinear)
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "value_range": drawing.valueRange.optionValue, "num_chains": .int(chainCount),
            "chain_depth": .int(chainDepth), "factor": drawing.factor.optionValue, "alpha": .double(alpha),
            "all_ops": .bool(allOperations), "interpolation": .string(interpolation.rawValue), "seed": .seed(seed),
            "data_format": "channels_last",
        ]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try Grayscale.check(input, layer: "AugMix")
        return try imageShape(input)
    }

    /// The share of the image itself, and the chains with their shares of the rest.
    private func mixture(
        _ random: Random
    ) -> (own: Float, chains: [(share: Float, steps: [(layer: any ImageAugmentation, random: Random)])]) {
        let set = AugmentationSet(
            factor: drawing.factor, valueRange: drawing.valueRange, interpolation: interpolation,
            withColours: allOperations)
        let weights = (0..<chainCount).map { random.stream(1).stream(UInt64($0)).gamma(alpha) }
        let sum = weights.reduce(0, +)
        let chains = weights.enumerated().map { chain, weight in
            let steps = (0..<chainDepth).compactMap { depth -> (layer: any ImageAugmentation, random: Random)? in
                let step = chain * chainDepth + depth
                // One more than there are: that one does nothing.
                let number = Int(random.uniform(at: step) * Float(set.layers.count + 1))
                guard number < set.layers.count else { return nil }
                return (layer: set.layers[number], random: random.stream(UInt64(step) + 3))
            }
            return (share: Float(weight / sum), steps: steps)
        }
        return (random.stream(2).beta(alpha), chains)
    }

    private func mixed(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let (own, chains) = mixture(random)
        return chains.reduce(scaled(x, by: own, on: pool)) { sum, chain in
            let changed = chain.steps.reduce(x) { $1.layer.augmented($0, $1.random, on: pool) }
            return adding(sum, scaled(changed, by: (1 - own) * chain.share, on: pool), on: pool)
        }
    }

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        mappedElements(mixed(x, random, on: pool), drawing.valueRange.clipped)
    }

    // MARK: dx = w d + (1 − w) Σ mᵢ chainᵢ′(d),  where d = dy inside of the range, 0 elsewhere

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let (own, chains) = mixture(random)
        let d = zippedElements(dy, mixed(x, random, on: pool)) { drawing.valueRange.passed($0, at: $1) }
        return chains.reduce(scaled(d, by: own, on: pool)) { sum, step in
            let share = chain(step.steps, d, x, on: pool)
            return adding(sum, scaled(share, by: (1 - own) * step.share, on: pool), on: pool)
        }
    }
}
