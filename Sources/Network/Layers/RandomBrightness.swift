import Tensors

/// Adds a random number to all pixels of each image in training; Keras' `RandomBrightness`.
///
///     y = min(max(x + δ · (high − low), low), high),  δ from `factor`
///
/// Shapes are those of ``ImageAugmentation``.
public struct RandomBrightness: FactorAugmentation {
    public static let kerasName = "RandomBrightness"

    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public func changed(_ x: Tensor, _ factor: Float) -> Tensor {
        let delta = factor * valueRange.width
        return mappedElements(x) { valueRange.clipped($0 + delta) }
    }

    // MARK: dx = dy where y is inside of the range

    public func gradient(_ dy: Tensor, _ x: Tensor, _ factor: Float) -> Tensor {
        let delta = factor * valueRange.width
        return zippedElements(dy, x) { valueRange.passed($0, at: $1 + delta) }
    }
}
