import Tensors

/// Smooths some images in training; Keras' `RandomGaussianBlur`.
///
///     y = min(max(s, low), high),  s the image smoothed by bell curves, with a probability from `factor`
///
/// All images of a batch have the same curves. Shapes are those of ``ImageAugmentation``.
public struct RandomGaussianBlur: EachImageAugmentation {
    public static let kerasName = "RandomGaussianBlur"

    /// Where the probability comes from, and the rest.
    public var drawing: FactorOptions
    /// The extents of the kernel, odd.
    public var kernelSize: [Int]
    /// Where the widths of the curves come from.
    public var sigma: RandomRange

    public init(_ drawing: FactorOptions, kernelSize: [Int] = [3, 3], sigma: RandomRange = RandomRange(0, 1)) {
        self.drawing = drawing
        self.kernelSize = kernelSize
        self.sigma = sigma
    }

    public var seed: Int? { drawing.seed }

    public init(from options: inout OptionReader) throws(OptionError) {
        drawing = try options.factorOptions(within: 0...1) { RandomRange(0, $0) }
        let limit = "blur kernel_size"
        kernelSize = try options.required(
            "kernel_size", "an odd number\(OptionLimits.words(limit)) or a pair of them"
        ) { value in
            let sizes = value.count(limit).map { [$0, $0] } ?? value.array?.compactMap { $0.count(limit) } ?? []
            return sizes.count == 2 && sizes.allSatisfy { $0 > 0 && $0 % 2 == 1 } ? sizes : nil
        }
        sigma = try options.bounded("sigma", within: 0...1) { RandomRange(0, $0) }
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "factor": drawing.factor.optionValue, "kernel_size": OptionValue(kernelSize), "sigma": sigma.optionValue,
            "value_range": drawing.valueRange.optionValue, "seed": .seed(seed), "data_format": "channels_last",
        ]
    }

    /// The smoothing, `nil` for an image that stays.
    public func draw(_ image: Int, _ random: Random) -> (Float, Float)? {
        let batch = random.stream(1)
        guard random.uniform(at: 2 * image + 1) < drawing.factor.value(random, at: 2 * image) else { return nil }
        return (sigma.value(batch, at: 0) + 1e-6, sigma.value(batch, at: 1) + 1e-6)
    }

    private func smoothed(_ x: Tensor, _ sigma: (Float, Float)?) -> Tensor {
        guard let sigma else { return x }
        return Smoothing.bell(size: (kernelSize[0], kernelSize[1]), sigma: sigma)(x)
    }

    public func changed(_ x: Tensor, _ sigma: (Float, Float)?) -> Tensor {
        mappedElements(smoothed(x, sigma), drawing.valueRange.clipped)
    }

    // MARK: dx = smoothed d,  where d = dy inside of the range, 0 elsewhere

    public func gradient(_ dy: Tensor, _ x: Tensor, _ sigma: (Float, Float)?) -> Tensor {
        smoothed(zippedElements(dy, smoothed(x, sigma)) { drawing.valueRange.passed($0, at: $1) }, sigma)
    }
}
