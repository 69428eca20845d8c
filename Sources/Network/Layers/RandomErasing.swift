import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Covers a box in some images in training; Keras' `RandomErasing`.
///
/// The box' sides are square roots of shares from `scale`; it holds a number, one for each channel, or noise of normal
/// numbers times the end of the range, clipped to the range. Shapes are those of ``ImageAugmentation``.
public struct RandomErasing: EachImageAugmentation {
    public static let kerasName = "RandomErasing"

    /// Where the probability comes from, and the rest.
    public var drawing: FactorOptions
    public var scale: RandomRange
    /// One number or three, for the channels; `nil` for noise.
    public var fillValue: [Double]?

    public init(
        _ drawing: FactorOptions, scale: RandomRange = RandomRange(0.02, 0.33), fillValue: [Double]? = nil
    ) {
        self.drawing = drawing
        self.scale = scale
        self.fillValue = fillValue
    }

    public var seed: Int? { drawing.seed }

    public init(from options: inout OptionReader) throws(OptionError) {
        drawing = FactorOptions(
            factor: try options.bounded("factor", within: 0...1) { RandomRange(0, $0) },
            valueRange: try options.valueRange(), seed: try options.seed())
        scale = try options.bounded("scale", within: 0...1) { RandomRange(0, $0) }
        fillValue = try options.optional("fill_value", "a number, three numbers or null") { value in
            if let one = value.double { return [one] }
            let three = value.array?.compactMap(\.double) ?? []
            return three.count == 3 && value.array?.count == 3 ? three : nil
        }
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "factor": drawing.factor.optionValue, "scale": scale.optionValue,
            "fill_value": fillValue.map { $0.count == 1 ? .double($0[0]) : .array($0.map { .double($0) }) } ?? .null,
            "value_range": drawing.valueRange.optionValue, "seed": .seed(seed), "data_format": "channels_last",
        ]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard fillValue?.count != 3 || input.last == 3 else {
            throw ShapeError(layer: "RandomErasing", expected: "images of 3 channels for 3 numbers", found: input)
        }
        return try imageShape(input)
    }

    /// What covers an image: the shares of the box, and where all other numbers come from; `nil` for one that stays.
    public func draw(_ image: Int, _ random: Random) -> Random? {
        let chosen = random.uniform(at: 2 * image + 1) < drawing.factor.value(random, at: 2 * image)
        return chosen ? random.stream(UInt64(image) + 1) : nil
    }

    /// What covers the image: a number for each element in the box, `nil` outside of it.
    private func cover(_ shape: Shape, _ random: Random) -> (Int) -> Float? {
        let (width, channels) = (shape[1], shape[2])
        let box = RandomBox(
            height: shape[0], width: width,
            shares: (scale.value(random, at: 1).squareRoot(), scale.value(random, at: 0).squareRoot()), random, at: 2)
        let noise = random.stream(1)
        return { element in
            guard box.contains(row: element / channels / width, column: element / channels % width) else { return nil }
            guard let fill = fillValue else {
                // Box and Muller, 1958.
                let radius = (-2 * log(1 - noise.uniform(at: 2 * element))).squareRoot()
                let normal = radius * cos(2 * .pi * noise.uniform(at: 2 * element + 1))
                return drawing.valueRange.clipped(normal * Float(drawing.valueRange.upper))
            }
            return drawing.valueRange.clipped(Float(fill[fill.count == 1 ? 0 : element % channels]))
        }
    }

    public func changed(_ x: Tensor, _ random: Random?) -> Tensor {
        guard let random else { return x }
        let cover = cover(x.shape, random)
        return Tensor(x.shape, x.elements.enumerated().map { cover($0) ?? $1 })
    }

    // MARK: dx = dy outside of the box, 0 inside

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random?) -> Tensor {
        guard let random else { return dy }
        let cover = cover(x.shape, random)
        return Tensor(x.shape, dy.elements.enumerated().map { cover($0) == nil ? $1 : 0 })
    }
}
