import CPNG

/// PNG by libpng's simplified interface, which reports errors by its results and jumps over nobody's frames.
enum PNGFormat {
    static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: PNGChunks.magic) }

    static func decode(_ bytes: [UInt8], _ name: String, _ limits: ImageLimits) throws(ImageError) -> RasterImage {
        let chunks = try PNGChunks(bytes, name)
        try limits.check(width: chunks.width, height: chunks.height, name)
        var image = png_image()
        defer { png_image_free(&image) }
        // libpng reads the bytes until it has finished, so they stay where they are.
        let decoded = chunks.pixels.withUnsafeBytes { bytes -> RasterImage? in
            guard cpng_open(&image, bytes.baseAddress, bytes.count) != 0 else { return nil }
            return pixels(of: &image, is16Bit: chunks.bitDepth == 16)
        }
        guard let decoded else { throw .malformed(name: name, problem: "the PNG is damaged: \(message(&image))") }
        return chunks.orientation.applied(to: decoded)
    }

    /// The pixels of an image that was opened; `nil` where they are damaged.
    private static func pixels(of image: inout png_image, is16Bit: Bool) -> RasterImage? {
        let (width, height) = (Int(image.width), Int(image.height))
        let hasColour = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0
        let hasAlpha = image.format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0
        // What stands in the file are numbers for screens, also with 16 bits; nothing is to be corrected.
        if is16Bit && !hasAlpha { return upperBytes(of: &image, width, height, channels: hasColour ? 3 : 1) }
        image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
        let channels = hasAlpha ? 4 : hasColour ? 3 : 1
        image.format = format(channels: channels)
        let bytes = [UInt8](unsafeUninitializedCapacity: width * height * channels) { bytes, count in
            let isRead = png_image_finish_read(&image, nil, bytes.baseAddress, 0, nil) != 0
            count = isRead ? bytes.count : 0
        }
        guard bytes.count == width * height * channels else { return nil }
        return RasterImage(width: width, height: height, channels: channels, bytes: bytes)
    }

    /// The upper 8 of 16 bits, as Keras' `load_img` keeps them; libpng would round.
    ///
    /// It passes 16 bits on as they are, but multiplies opacity into them: with opacity the rounded ones are taken.
    private static func upperBytes(
        of image: inout png_image, _ width: Int, _ height: Int, channels: Int
    ) -> RasterImage? {
        image.format = format(channels: channels) | UInt32(PNG_FORMAT_FLAG_LINEAR)
        let count = width * height * channels
        // The words are read into the room of twice the bytes, and narrowed where they lie.
        let bytes = [UInt8](unsafeUninitializedCapacity: 2 * count + 1) { room, written in
            guard let start = room.baseAddress else { return }
            let raw = UnsafeMutableRawPointer(start)
            guard png_image_finish_read(&image, nil, raw, 0, nil) != 0 else { return }
            for place in 0..<count {
                start[place] = UInt8(raw.loadUnaligned(fromByteOffset: 2 * place, as: UInt16.self) >> 8)
            }
            written = count
        }
        guard bytes.count == count else { return nil }
        return RasterImage(width: width, height: height, channels: channels, bytes: bytes)
    }

    /// 8 bits of grey, of red green blue, or of these with opacity.
    static func format(channels: Int) -> UInt32 {
        let colour = UInt32(PNG_FORMAT_FLAG_COLOR)
        return channels == 1 ? 0 : channels == 3 ? colour : colour | UInt32(PNG_FORMAT_FLAG_ALPHA)
    }

    private static func message(_ image: inout png_image) -> String { String(cString: cpng_message(&image)) }
}

extension RasterImage {
    /// The image as a PNG file, compressed by libpng.
    public func png() -> [UInt8] {
        let format = PNGFormat.format(channels: channels)
        // Deflate adds 5 bytes to each 16 KiB that it cannot compress; the headers have some hundred.
        var capacity = bytes.count + height + (bytes.count + height) / 1000 + 4096
        for _ in 0..<2 {
            var size = capacity
            let file = [UInt8](unsafeUninitializedCapacity: capacity) { file, count in
                let done = cpng_write(UInt32(width), UInt32(height), format, bytes, file.baseAddress, &size)
                count = done != 0 ? size : 0
            }
            if !file.isEmpty { return file }
            capacity = size
        }
        preconditionFailure("libpng has no memory for a PNG of \(width) × \(height) pixels")
    }
}

extension ImageLimits {
    /// Holds the size that a header declares against the limit, before any memory is taken.
    func check(width: Int, height: Int, _ name: String) throws(ImageError) {
        guard width > 0, height > 0, width <= pixels, height <= pixels / width else {
            throw .malformed(
                name: name,
                problem: "\(width) × \(height) pixels, where images have 1 to the limit of \(pixels) pixels")
        }
    }
}
