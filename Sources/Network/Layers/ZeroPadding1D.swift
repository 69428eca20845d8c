import Tensors

/// Zeros around a sequence; Keras' `ZeroPadding1D`.
///
/// Input and output have shape `[batch, length, channels]`, with longer axes between batch and channels.
public struct ZeroPadding1D: UnaryLayer {
    public static let kerasName = "ZeroPadding1D"

    public var padding: Sides

    public init(padding: Sides = Sides(1, 1)) { self.padding = padding }

    public init(from options: inout OptionReader) throws(OptionError) {
        padding = try options.sideList("padding", axes: 1, default: 1)[0]
        try options.requireChannelsLast()
    }

    public var options: Options { ["padding": padding.optionValue, "data_format": "channels_last"] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try SideSteps.shape(of: input, [padding], layer: Self.kerasName, +)
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, SideSteps.padded(x, [padding], on: context.pool))
    }

    // MARK: dx = dy without its edges

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: SideSteps.cropped(dy, [padding], on: context.pool))
    }
}
