import Tensors

/// Rows and columns of zeros around an image; Keras' `ZeroPadding2D`.
///
/// The input has shape `[batch, height, width, channels]`, the output
/// `[batch, top + height + bottom, left + width + right, channels]`.
public struct ZeroPadding2D: UnaryLayer {
    public static let kerasName = "ZeroPadding2D"

    /// The zeros on each side.
    public var padding: Padding2D

    public init(padding: Padding2D = Padding2D(top: 1, left: 1, bottom: 1, right: 1)) { self.padding = padding }

    public init(from options: inout OptionReader) throws(OptionError) {
        let sides = try options.sides("padding", axes: 2, default: 1)
        padding = Padding2D(
            top: sides[0].before, left: sides[1].before, bottom: sides[0].after, right: sides[1].after)
        try options.requireChannelsLast()
    }

    public var options: Options {
        [
            "padding": [OptionValue([padding.top, padding.bottom]), OptionValue([padding.left, padding.right])],
            "data_format": "channels_last",
        ]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == 4 else {
            throw ShapeError(layer: "ZeroPadding2D", expected: "[batch, height, width, channels]", found: input)
        }
        let height = input[1] == Shape.unknown ? input[1] : input[1] + padding.top + padding.bottom
        let width = input[2] == Shape.unknown ? input[2] : input[2] + padding.left + padding.right
        return [input[0], height, width, input[3]]
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, padded2D(x, padding, on: context.pool))
    }

    // MARK: dx = dy without its edges

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: cropped2D(dy, padding, on: context.pool))
    }
}
