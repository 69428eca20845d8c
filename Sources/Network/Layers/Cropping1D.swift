import Tensors

/// The middle of a sequence; Keras' `Cropping1D`.
///
/// Input and output have shape `[batch, length, channels]`, with shorter axes between batch and channels.
public struct Cropping1D: UnaryLayer {
    public static let kerasName = "Cropping1D"

    public var cropping: Sides

    public init(cropping: Sides = Sides(1, 1)) { self.cropping = cropping }

    public init(from options: inout OptionReader) throws(OptionError) {
        cropping = try options.sideList("cropping", axes: 1, default: 1)[0]
        try options.requireChannelsLast()
    }

    public var options: Options { ["cropping": cropping.optionValue] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try SideSteps.shape(of: input, [cropping], layer: Self.kerasName, -)
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, SideSteps.cropped(x, [cropping], on: context.pool))
    }

    // MARK: dx = dy with zeros around

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: SideSteps.padded(dy, [cropping], on: context.pool))
    }
}
