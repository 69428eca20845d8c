import Tensors

/// Zeros around a volume; Keras' `ZeroPadding3D`.
///
/// Input and output have shape `[batch, depth, height, width, channels]`, with longer axes between batch and channels.
public struct ZeroPadding3D: UnaryLayer {
    public static let kerasName = "ZeroPadding3D"

    /// The cells on both sides of each axis.
    public var padding: [Sides]

    public init(padding: [Sides] = [Sides(1, 1), Sides(1, 1), Sides(1, 1)]) {
        precondition(padding.count == 3, "ZeroPadding3D needs the sides of 3 axes")
        self.padding = padding
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        padding = try options.sideList("padding", axes: 3, default: 1)
        try options.requireChannelsLast()
    }

    public var options: Options { ["padding": .array(padding.map(\.optionValue)), "data_format": "channels_last"] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try SideSteps.shape(of: input, padding, layer: Self.kerasName, +)
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, SideSteps.padded(x, padding, on: context.pool))
    }

    // MARK: dx = dy without its edges

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: SideSteps.cropped(dy, padding, on: context.pool))
    }
}
