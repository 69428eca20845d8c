import Tensors

/// Makes negatives of some images in training; Keras' `RandomInvert`.
///
///     y = high − x with a probability from `factor`
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomInvert: FactorAugmentation {
    public static let kerasName = "RandomInvert"

    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public static var factorBounds: ClosedRange<Double> { 0...1 }

    /// 1 for an image that is turned, 0 for another.
    public func draw(_ image: Int, _ random: Random) -> Float {
        random.uniform(at: 2 * image + 1) < drawing.factor.value(random, at: 2 * image) ? 1 : 0
    }

    public func changed(_ x: Tensor, _ isChosen: Float) -> Tensor {
        isChosen == 1 ? mappedElements(x) { Float(valueRange.upper) - $0 } : x
    }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ isChosen: Float) -> Tensor {
        isChosen == 1 ? mappedElements(dy) { -$0 } : dy
    }
}
