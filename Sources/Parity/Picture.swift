import Images
import Tensors

/// A sample as an image of bytes, for who looks at a report.
public struct Picture: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// 1 for grey, 3 for colour.
    public let channels: Int
    /// Row by row, channels innermost.
    public let bytes: [UInt8]

    /// An image of these bytes, row by row, channels innermost.
    ///
    /// - Precondition: as many bytes as pixels times channels, and 1 or 3 channels.
    public init(width: Int, height: Int, channels: Int = 1, bytes: [UInt8]) {
        precondition(channels == 1 || channels == 3, "a picture is grey or has three colours")
        precondition(bytes.count == width * height * channels, "\(bytes.count) bytes for \(width)×\(height)")
        (self.width, self.height, self.channels, self.bytes) = (width, height, channels, bytes)
    }

    /// A sample of shape `[height, width]`, `[height, width, 1]` or `[height, width, 3]`; `nil` for what is no image.
    ///
    /// Values from 0 to 1 and from 0 to 255 keep their meaning; others are stretched from the smallest to the largest.
    public init?(_ sample: Tensor) {
        let shape = sample.shape
        guard shape.count == 2 || (shape.count == 3 && (shape[2] == 1 || shape[2] == 3)) else { return nil }
        guard shape[0] > 1, shape[1] > 1, shape[0] <= 512, shape[1] <= 512 else { return nil }
        (height, width, channels) = (shape[0], shape[1], shape.count == 3 ? shape[2] : 1)
        bytes = sample.withElements { elements in
            let finite = elements.lazy.filter(\.isFinite)
            let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
            let (from, to): (Float, Float) =
                low >= 0 && high <= 1 ? (0, 1) : low >= 0 && high <= 255 ? (0, 255) : (low, high)
            return elements.map { value in
                value.isFinite && to > from ? UInt8(min(255, max(0, (value - from) / (to - from) * 255)).rounded()) : 0
            }
        }
    }

    /// The image as a PNG file.
    public var png: [UInt8] { RasterImage(width: width, height: height, channels: channels, bytes: bytes).png() }
}
