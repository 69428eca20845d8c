import Tensors

/// The middle of an image; Keras' `CenterCrop`.
///
/// The input has shape `[batch, rows, columns, channels]`, the output `[batch, height, width, channels]`. An image that
/// is too small is cropped to the new proportions and enlarged bilinearly.
public struct CenterCrop: UnaryLayer {
    public static let kerasName = "CenterCrop"

    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        height = try options.ints("height", count: 1, default: nil)[0]
        width = try options.ints("width", count: 1, default: nil)[0]
        try options.requireChannelsLast()
    }

    public var options: Options {
        ["height": .int(height), "width": .int(width), "data_format": "channels_last"]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try resize.outputShape(for: input, layer: "CenterCrop")
    }

    private var resize: ImageResize { ImageResize(height: height, width: width, proportions: .cropped) }

    /// What is cut off, or `nil` for an image that is too small.
    private func edges(_ input: Shape) -> Padding2D? {
        let (rows, columns) = (input[1] - height, input[2] - width)
        guard rows >= 0, columns >= 0 else { return nil }
        return Padding2D(
            top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int { resize.temporaries(for: inputs[0]) }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        guard let edges = edges(x.shape) else { return Pass(x, resize.forward(x, on: context.pool)) }
        return Pass(x, cropped2D(x, edges, on: context.pool))
    }

    // MARK: dx = dy with zeros around

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        guard let edges = edges(pass.x.shape) else {
            return Gradients(input: resize.backward(dy, pass.x.shape, on: context.pool))
        }
        return Gradients(input: padded2D(dy, edges, on: context.pool))
    }
}
