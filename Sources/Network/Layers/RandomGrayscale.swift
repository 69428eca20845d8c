import Tensors

/// Takes the colours from some images in training; Keras' `RandomGrayscale`.
///
///     y = 0.2989 r + 0.587 g + 0.114 b in each channel, with probability `factor`
///
/// Shapes are those of ``ImageAugmentation``, with 1 or 3 channels.
public struct RandomGrayscale: EachImageAugmentation {
    public static let kerasName = "RandomGrayscale"

    /// The probability.
    public var factor: Double

    public init(factor: Double = 0.5) { self.factor = factor }

    /// Keras does not write it.
    public var seed: Int? { nil }

    public init(from options: inout OptionReader) throws(OptionError) {
        factor =
            try options.optional("factor", "a number from 0 to 1") { value in
                value.double.flatMap { (0...1).contains($0) ? $0 : nil }
            } ?? 0.5
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options { ["factor": .double(factor), "data_format": "channels_last"] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try Grayscale.check(input, layer: "RandomGrayscale")
        return try imageShape(input)
    }

    public func draw(_ image: Int, _ random: Random) -> Bool { Double(random.uniform(at: image)) < factor }

    public func changed(_ x: Tensor, _ isChosen: Bool) -> Tensor { isChosen ? Grayscale.forward(x) : x }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ isChosen: Bool) -> Tensor {
        isChosen ? Grayscale.gradient(dy) : dy
    }
}
