import Tensors

/// The middle of an image; Keras' `Cropping2D`.
///
/// Input and output have shape `[batch, height, width, channels]`, with shorter axes between batch and channels.
public struct Cropping2D: UnaryLayer {
    public static let kerasName = "Cropping2D"

    /// The cells on both sides of each axis.
    public var cropping: [Sides]

    public init(cropping: [Sides] = [Sides(0, 0), Sides(0, 0)]) {
        precondition(cropping.count == 2, "Cropping2D needs the sides of 2 axes")
        self.cropping = cropping
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        cropping = try options.sideList("cropping", axes: 2, default: 0)
        try options.requireChannelsLast()
    }

    public var options: Options { ["cropping": .array(cropping.map(\.optionValue)), "data_format": "channels_last"] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try SideSteps.shape(of: input, cropping, layer: Self.kerasName, -)
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, SideSteps.cropped(x, cropping, on: context.pool))
    }

    // MARK: dx = dy with zeros around

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: SideSteps.padded(dy, cropping, on: context.pool))
    }
}
