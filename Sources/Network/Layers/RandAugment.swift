import Tensors

/// Some of eleven augmentations, one after another, in training (Cubuk et al., 2019); Keras' `RandAugment`.
///
/// All images of a batch get the same ones, each image by numbers of its own. Shapes are those of
/// ``ImageAugmentation``, with 1 or 3 channels.
public struct RandAugment: ImageAugmentation {
    public static let kerasName = "RandAugment"

    /// How strong they are, and the rest.
    public var drawing: FactorOptions
    /// How many of them.
    public var count: Int
    public var interpolation: PixelSampling.Interpolation

    public init(_ drawing: FactorOptions, count: Int = 2, interpolation: PixelSampling.Interpolation = .bilinear) {
        self.drawing = drawing
        self.count = count
        self.interpolation = interpolation
    }

    public var seed: Int? { drawing.seed }

    public init(from options: inout OptionReader) throws(OptionError) {
        drawing = try options.factorOptions(within: 0...1) { RandomRange(0, $0) }
        count = try options.required("num_ops", "a whole number from 0\(OptionLimits.words("num_ops"))") {
            $0.count("num_ops").flatMap { $0 >= 0 ? $0 : nil }
        }
        interpolation = try options.choice("interpolation", default: .bilinear)
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "value_range": drawing.valueRange.optionValue, "num_ops": .int(count),
            "factor": drawing.factor.optionValue, "interpolation": .string(interpolation.rawValue),
            "seed": .seed(seed), "data_format": "channels_last",
        ]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try Grayscale.check(input, layer: "RandAugment")
        return try imageShape(input)
    }

    /// The chosen ones in order, with their random numbers: the same for one that is chosen again.
    private func chosen(_ random: Random) -> [(layer: any ImageAugmentation, random: Random)] {
        let set = AugmentationSet(
            factor: drawing.factor, valueRange: drawing.valueRange, interpolation: interpolation, withColours: true)
        return (0..<count).map { position in
            let number = Int(random.uniform(at: position) * Float(set.layers.count))
            return (set.layers[number], random.stream(UInt64(number) + 1))
        }
    }

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        chosen(random).reduce(x) { $1.layer.augmented($0, $1.random, on: pool) }
    }

    // MARK: dx through all of them, from the last to the first

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        chain(chosen(random), dy, x, on: pool)
    }
}

/// The gradient through augmentations that follow each other.
func chain(
    _ chosen: [(layer: any ImageAugmentation, random: Random)], _ dy: Tensor, _ x: Tensor, on pool: WorkerPool
) -> Tensor {
    var inputs = [x]
    for (layer, random) in chosen.dropLast() {
        inputs.append(layer.augmented(inputs[inputs.count - 1], random, on: pool))
    }
    return zip(chosen, inputs).reversed().reduce(dy) { dy, step in
        step.0.layer.gradient(dy, step.1, step.0.random, on: pool)
    }
}
