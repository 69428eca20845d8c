import Tensors

/// Spreads the pixels of each image in training about their channel's mean μ; Keras' `RandomContrast`.
///
///     y = min(max((x − μ) f + μ, low), high),  f from 1 − lower to 1 + upper
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomContrast: FactorAugmentation {
    public static let kerasName = "RandomContrast"

    /// How far `f` goes below and above 1, both positive, and the rest.
    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public static var factorBounds: ClosedRange<Double> { 0...1 }

    /// tf_keras alone writes a single number, and means both sides of 1.
    public static func range(of factor: Double) -> RandomRange { RandomRange(factor, factor) }

    public func draw(_ image: Int, _ random: Random) -> Float {
        RandomRange(1 - drawing.factor.lower, 1 + drawing.factor.upper).value(random, at: image)
    }

    /// The mean of each channel of an image.
    private func means(_ x: Tensor) -> [Float] {
        let (places, channels) = (x.pixels.shape[0], x.pixels.shape[1])
        var sums = [Double](repeating: 0, count: channels)
        for i in 0..<x.count { sums[i % channels] += Double(x[i]) }
        return sums.map { Float($0 / Double(places)) }
    }

    private func spread(_ x: Tensor, _ f: Float) -> Tensor {
        let means = means(x)
        return Tensor(
            x.shape,
            x.elements.enumerated().map { i, x in (x - means[i % means.count]) * f + means[i % means.count] })
    }

    public func changed(_ x: Tensor, _ f: Float) -> Tensor { mappedElements(spread(x, f), valueRange.clipped) }

    // MARK: dx = f d + (1 − f) mean d,  where d = dy inside of the range, 0 elsewhere

    public func gradient(_ dy: Tensor, _ x: Tensor, _ f: Float) -> Tensor {
        let d = zippedElements(dy, spread(x, f)) { valueRange.passed($0, at: $1) }
        let means = means(d)
        return Tensor(x.shape, d.elements.enumerated().map { i, d in f * d + (1 - f) * means[i % means.count] })
    }
}
