import Tensors

/// Turns the colours of each image in training; Keras' `RandomHue`.
///
///     hue ← hue + f, modulo 1,  f = ± factor / 2
///
/// Shapes are those of ``ImageAugmentation``, with 3 channels. Keras on TensorFlow has no gradient for it.
public struct RandomHue: ColourAugmentation {
    public static let kerasName = "RandomHue"

    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public static var factorBounds: ClosedRange<Double> { 0...1 }

    public func draw(_ image: Int, _ random: Random) -> Float {
        let size = drawing.factor.value(random, at: 2 * image + 1) * 0.5
        return random.uniform(at: 2 * image) > 0.5 ? -size : size
    }

    private func turned(_ pixel: PixelColour, _ f: Float) -> PixelColour {
        let low = Float(valueRange.lower)
        var hsv = pixel.map { ($0 + -low) * (1 / valueRange.width) }.hsv
        hsv.a = hsv.a + f
        if hsv.a.value > 1 { hsv.a = hsv.a + -1 }
        if hsv.a.value < 0 { hsv.a = hsv.a + 1 }
        return hsv.rgb.map { $0.clipped(0, 1) * valueRange.width + low }
    }

    public func changed(_ x: Tensor, _ f: Float) -> Tensor { mappedPixels(x) { turned($0, f) } }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ f: Float) -> Tensor { pixelGradient(dy, x) { turned($0, f) } }
}
