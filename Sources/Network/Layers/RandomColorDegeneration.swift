import Tensors

/// Takes a random part of the colours from each image in training; Keras' `RandomColorDegeneration`.
///
///     y = min(max(x + f (g − x), low), high),  g the brightness, f from `factor`
///
/// Shapes are those of ``ImageAugmentation``, with 1 or 3 channels.
public struct RandomColorDegeneration: FactorAugmentation {
    public static let kerasName = "RandomColorDegeneration"

    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try Grayscale.check(input, layer: "RandomColorDegeneration")
        return try imageShape(input)
    }

    private func mixed(_ x: Tensor, _ f: Float) -> Tensor {
        zippedElements(x, Grayscale.forward(x)) { x, grey in x + f * (grey - x) }
    }

    public func changed(_ x: Tensor, _ f: Float) -> Tensor { mappedElements(mixed(x, f), valueRange.clipped) }

    // MARK: dx = (1 − f) d + f grey′(d),  where d = dy inside of the range, 0 elsewhere

    public func gradient(_ dy: Tensor, _ x: Tensor, _ f: Float) -> Tensor {
        let d = zippedElements(dy, mixed(x, f)) { valueRange.passed($0, at: $1) }
        return zippedElements(d, Grayscale.gradient(d)) { d, grey in (1 - f) * d + f * grey }
    }
}
