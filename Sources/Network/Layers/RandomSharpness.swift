import Tensors

/// Sharpens or smooths each image in training; Keras' `RandomSharpness`.
///
///     y = min(max(x + (1 − 2f) (s − x), low), high),  s the smoothed image, f from `factor`
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomSharpness: FactorAugmentation {
    public static let kerasName = "RandomSharpness"

    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public static var factorBounds: ClosedRange<Double> { 0...1 }

    private func mixed(_ x: Tensor, _ f: Float) -> Tensor {
        zippedElements(x, Smoothing.neighbours(x)) { x, smooth in x + (1 - 2 * f) * (smooth - x) }
    }

    public func changed(_ x: Tensor, _ f: Float) -> Tensor { mappedElements(mixed(x, f), valueRange.clipped) }

    // MARK: dx = 2f d + (1 − 2f) smoothed d,  where d = dy inside of the range, 0 elsewhere

    public func gradient(_ dy: Tensor, _ x: Tensor, _ f: Float) -> Tensor {
        let d = zippedElements(dy, mixed(x, f)) { valueRange.passed($0, at: $1) }
        return zippedElements(d, Smoothing.neighbours(d)) { d, smooth in d + (1 - 2 * f) * (smooth - d) }
    }
}
