/// How large an image says that it is, by its header alone.
///
/// For who plans the work before it is done; decoding checks it again.
public struct DeclaredSize: Hashable, Sendable {
    public let width: Int
    public let height: Int

    /// Pixels, as many as can be counted.
    public var pixels: Int {
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        return overflow ? .max : pixels
    }

    /// The size that the bytes of a PNG or JPEG declare; `nil` where they are neither, or end before.
    public init?(in bytes: [UInt8]) {
        guard let size = PNGFormat.isOne(bytes) ? Self.png(bytes) : JPEGFormat.size(in: bytes) else { return nil }
        (width, height) = size
    }

    /// The header is the first part, right after the magic number.
    private static func png(_ bytes: [UInt8]) -> (Int, Int)? {
        guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else { return nil }
        return (bytes.number(at: 16), bytes.number(at: 20))
    }
}
