/// An image of bytes: grey, red green blue, or these with opacity.
public struct RasterImage: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// 1 for grey, 3 for colours, 4 for colours with opacity (not multiplied in).
    public let channels: Int
    /// Row by row from the top, channels innermost.
    public let bytes: [UInt8]

    /// An image of these bytes.
    ///
    /// - Precondition: 1, 3 or 4 channels, at least one pixel, and as many bytes as pixels times channels.
    public init(width: Int, height: Int, channels: Int = 1, bytes: [UInt8]) {
        precondition([1, 3, 4].contains(channels), "an image has 1, 3 or 4 channels, not \(channels)")
        precondition(width > 0 && height > 0, "an image has pixels, not \(width) × \(height)")
        precondition(bytes.count == width * height * channels, "\(bytes.count) bytes for \(width) × \(height)")
        (self.width, self.height, self.channels, self.bytes) = (width, height, channels, bytes)
    }

    /// Decodes a PNG or JPEG of any kind; which one it is, its content decides.
    ///
    /// The way up that EXIF declares is applied. Of 16 bits 8 are kept. CMYK becomes red, green and blue.
    ///
    /// - Parameters:
    ///   - name: what errors call the image.
    ///   - limits: held to before memory is taken.
    ///   - side: where given, a JPEG whose longer side has at least twice as many pixels is decoded at a half, a quarter
    ///     or an eighth of its size, which takes so much less time and memory.
    /// - Throws: ``ImageError`` with one sentence.
    public init(
        decoding bytes: [UInt8], name: String, limits: ImageLimits = .current, shrinkingTowards side: Int? = nil
    ) throws(ImageError) {
        guard bytes.count <= limits.bytes else {
            throw .malformed(
                name: name, problem: "has \(bytes.count) bytes, more than the limit of \(limits.bytes) for data")
        }
        if PNGFormat.isOne(bytes) {
            self = try PNGFormat.decode(bytes, name, limits)
        } else if JPEGFormat.isOne(bytes) {
            self = try JPEGFormat.decode(bytes, name, limits, side)
        } else {
            throw .unknownFormat(name: name, found: Self.kind(of: bytes))
        }
    }

    /// Red, green and blue as one luma, 299 : 587 : 114, rounded as Pillow rounds; opacity is left out.
    public var grey: RasterImage {
        guard channels > 1 else { return self }
        let step = channels
        let grey = [UInt8](unsafeUninitializedCapacity: width * height) { grey, count in
            bytes.withUnsafeBufferPointer { bytes in
                for pixel in 0..<(width * height) {
                    let place = pixel * step
                    let (red, green, blue) = (Int(bytes[place]), Int(bytes[place + 1]), Int(bytes[place + 2]))
                    grey[pixel] = UInt8(truncatingIfNeeded: (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
                }
            }
            count = width * height
        }
        return RasterImage(width: width, height: height, bytes: grey)
    }

    /// Red, green and blue alone; grey becomes three times the same, opacity is left out.
    public var colours: RasterImage {
        guard channels != 3 else { return self }
        let step = channels
        let colours = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { colours, count in
            for pixel in 0..<(width * height) {
                for channel in 0..<3 { colours[3 * pixel + channel] = bytes[pixel * step + (step == 1 ? 0 : channel)] }
            }
            count = 3 * width * height
        }
        return RasterImage(width: width, height: height, channels: 3, bytes: colours)
    }

    /// The image on a ground of one brightness, so that nothing shines through any more.
    public func over(_ ground: UInt8) -> RasterImage {
        guard channels == 4 else { return self }
        let colours = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { colours, count in
            for pixel in 0..<(width * height) {
                let opacity = Int(bytes[4 * pixel + 3])
                for channel in 0..<3 {
                    let mixed = Int(bytes[4 * pixel + channel]) * opacity + Int(ground) * (255 - opacity)
                    colours[3 * pixel + channel] = UInt8((mixed + 127) / 255)
                }
            }
            count = 3 * width * height
        }
        return RasterImage(width: width, height: height, channels: 3, bytes: colours)
    }

    /// What a file that is no image seems to be.
    private static func kind(of bytes: [UInt8]) -> String {
        let kinds: [(start: [UInt8], name: String)] = [
            (Array("GIF8".utf8), "a GIF"), (Array("BM".utf8), "a BMP"), (Array("RIFF".utf8), "a WebP or another RIFF"),
            ([0x49, 0x49, 0x2A, 0], "a TIFF"), ([0x4D, 0x4D, 0, 0x2A], "a TIFF"), (Array("%PDF".utf8), "a PDF"),
        ]
        if bytes.isEmpty { return "an empty file" }
        if bytes.count > 12, bytes[4..<8].elementsEqual("ftyp".utf8) { return "a HEIC, AVIF or video" }
        if let kind = kinds.first(where: { bytes.starts(with: $0.start) }) { return kind.name }
        return "bytes that start with " + bytes.prefix(4).map { "0x" + String($0, radix: 16) }.joined(separator: " ")
    }
}
