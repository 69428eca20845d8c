import Tensors

/// Makes the colours of each image stronger or weaker in training; Keras' `RandomSaturation`.
///
///     saturation ← min(max(f · saturation, low), high),  f = factor / (1 − factor)
///
/// Shapes are those of ``ImageAugmentation``, with 3 channels. Keras on TensorFlow has no gradient for it.
public struct RandomSaturation: ColourAugmentation {
    public static let kerasName = "RandomSaturation"

    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public func draw(_ image: Int, _ random: Random) -> Float {
        let factor = drawing.factor.value(random, at: image)
        return factor / (1 - factor + 1e-7)
    }

    private func saturated(_ pixel: PixelColour, _ f: Float) -> PixelColour {
        var hsv = pixel.hsv
        hsv.b = (hsv.b * f).clipped(Float(valueRange.lower), Float(valueRange.upper))
        return hsv.rgb
    }

    public func changed(_ x: Tensor, _ f: Float) -> Tensor { mappedPixels(x) { saturated($0, f) } }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ f: Float) -> Tensor { pixelGradient(dy, x) { saturated($0, f) } }
}
