import Tensors

/// Images of one size, interpolated from images of any size; Keras' `Resizing`.
///
/// The input has shape `[batch, rows, columns, channels]`, the output `[batch, height, width, channels]`.
public struct Resizing: UnaryLayer {
    public static let kerasName = "Resizing"

    public var height: Int
    public var width: Int
    public var interpolation: Interpolation
    /// Whether what does not fit the new proportions is cut off first.
    public var cropToAspectRatio: Bool
    /// Whether the image is extended to the new proportions first, with `fillValue`.
    public var padToAspectRatio: Bool
    public var fillValue: Double
    public var antialias: Bool

    public init(
        height: Int, width: Int, interpolation: Interpolation = .bilinear, cropToAspectRatio: Bool = false,
        padToAspectRatio: Bool = false, fillValue: Double = 0, antialias: Bool = false
    ) {
        precondition(!(cropToAspectRatio && padToAspectRatio), "Resizing crops or pads, not both")
        self.height = height
        self.width = width
        self.interpolation = interpolation
        self.cropToAspectRatio = cropToAspectRatio
        self.padToAspectRatio = padToAspectRatio
        self.fillValue = fillValue
        self.antialias = antialias
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        height = try options.ints("height", count: 1, default: nil)[0]
        width = try options.ints("width", count: 1, default: nil)[0]
        interpolation = try options.choice("interpolation", default: .bilinear)
        let crops = try options.bool("crop_to_aspect_ratio", default: false)
        cropToAspectRatio = crops
        padToAspectRatio =
            try options.optional("pad_to_aspect_ratio", "false beside crop_to_aspect_ratio") { value in
                value.bool.flatMap { $0 && crops ? nil : $0 }
            } ?? false
        _ = try options.optional("fill_mode", "\"constant\"") { $0.string == "constant" ? true : nil }
        fillValue = try options.double("fill_value", default: 0)
        antialias = try options.bool("antialias", default: false)
        try options.requireChannelsLast()
    }

    public var options: Options {
        [
            "height": .int(height), "width": .int(width), "interpolation": .string(interpolation.rawValue),
            "crop_to_aspect_ratio": .bool(cropToAspectRatio), "pad_to_aspect_ratio": .bool(padToAspectRatio),
            "fill_mode": "constant", "fill_value": .double(fillValue), "antialias": .bool(antialias),
            "data_format": "channels_last",
        ]
    }

    private var resize: ImageResize {
        ImageResize(
            height: height, width: width, interpolation: interpolation, antialias: antialias,
            proportions: cropToAspectRatio ? .cropped : padToAspectRatio ? .padded : .stretched, fill: Float(fillValue))
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try resize.outputShape(for: input, layer: "Resizing")
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int { resize.temporaries(for: inputs[0]) }

    // MARK: y = Σ x · weight of the place

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, resize.forward(x, on: context.pool))
    }

    // MARK: dx = Σ dy · weight, over the places that x was part of

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: resize.backward(dy, pass.x.shape, on: context.pool))
    }
}
