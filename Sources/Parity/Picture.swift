import Foundation
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
    ///
    /// Its rows are stored, not compressed: the pictures are small.
    public var png: [UInt8] {
        var rows: [UInt8] = []
        for row in 0..<height {
            rows.append(0)  // no filter
            rows += bytes[(row * width * channels)..<((row + 1) * width * channels)]
        }
        var data: [UInt8] = [0x78, 0x01]  // zlib: deflate, no dictionary
        var rest = rows[...]
        repeat {
            let block = rest.prefix(0xFFFF)
            rest = rest.dropFirst(block.count)
            let (low, high) = (UInt8(block.count & 0xFF), UInt8(block.count >> 8))
            data += [rest.isEmpty ? 1 : 0, low, high, ~low, ~high]
            data += block
        } while !rest.isEmpty
        data += Picture.bigEndian(Picture.adler32(rows))

        let header =
            Picture.bigEndian(UInt32(width)) + Picture.bigEndian(UInt32(height))
            + [8, channels == 1 ? 0 : 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + Picture.chunk("IHDR", header) + Picture.chunk("IDAT", data) + Picture.chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return b << 16 | a
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
}
