/// An image with more rows and columns, repeated or interpolated; Keras' `UpSampling2D`.
///
/// The input has shape `[batch, height, width, channels]`, the output
/// `[batch, height · size[0], width · size[1], channels]`.
public struct UpSampling2D: UpSampling {
    public static let kerasName = "UpSampling2D"

    public var size: [Int]
    public var interpolation: Interpolation

    public init(size: [Int] = [2, 2], interpolation: Interpolation = .nearest) {
        self.size = size
        self.interpolation = interpolation
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        size = try options.ints("size", count: 2, default: [2, 2])
        try options.requireChannelsLast()
        interpolation = try options.choice("interpolation", default: .nearest)
    }

    public var options: Options {
        [
            "size": OptionValue(size), "data_format": "channels_last",
            "interpolation": .string(interpolation.rawValue),
        ]
    }

    public var factors: [Int] { size }
}
