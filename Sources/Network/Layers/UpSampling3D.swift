/// Each cell of a volume several times along each axis; Keras' `UpSampling3D`.
///
/// The input has shape `[batch, depth, height, width, channels]`; the output's axes between batch and channels are
/// `size` times as long.
public struct UpSampling3D: UpSampling {
    public static let kerasName = "UpSampling3D"

    public var size: [Int]

    public init(size: [Int] = [2, 2, 2]) { self.size = size }

    public init(from options: inout OptionReader) throws(OptionError) {
        size = try options.ints("size", count: 3, default: [2, 2, 2])
        try options.requireChannelsLast()
    }

    public var options: Options { ["size": OptionValue(size), "data_format": "channels_last"] }

    public var factors: [Int] { size }
}
