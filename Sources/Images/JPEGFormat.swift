import CJPEG

/// JPEG by TurboJPEG, which reports errors by its results: baseline and progressive; grey, colour and CMYK.
enum JPEGFormat {
    static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

    static func decode(
        _ bytes: [UInt8], _ name: String, _ limits: ImageLimits, _ side: Int?
    ) throws(ImageError) -> RasterImage {
        guard let decoder = tjInitDecompress() else {
            throw .malformed(name: name, problem: "there is no memory for a JPEG decoder")
        }
        defer { tjDestroy(decoder) }
        func damaged() -> ImageError {
            .malformed(name: name, problem: "the JPEG is damaged: \(String(cString: tjGetErrorStr2(decoder)))")
        }
        var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        guard
            tjDecompressHeader3(decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &space) == 0
        else { throw damaged() }
        try limits.check(width: Int(width), height: Int(height), name)

        let scale = scale(of: Int(max(width, height)), towards: side)
        (width, height) = ((width + scale - 1) / scale, (height + scale - 1) / scale)
        let isCMYK = space == TJCS_CMYK.rawValue || space == TJCS_YCCK.rawValue
        let isGrey = space == TJCS_GRAY.rawValue
        let format = isCMYK ? TJPF_CMYK : isGrey ? TJPF_GRAY : TJPF_RGB
        let channels = isCMYK ? 4 : isGrey ? 1 : 3
        // Hundreds of scans in a small file are an attack on time.
        let flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS
        let pixels = [UInt8](unsafeUninitializedCapacity: Int(width) * Int(height) * channels) { pixels, count in
            pixels.initialize(repeating: 0)  // damaged files leave rows out
            let status = tjDecompress2(
                decoder, bytes, UInt(bytes.count), pixels.baseAddress, width, 0, height, Int32(format.rawValue),
                Int32(flags))
            count = status == 0 || isHarmless(String(cString: tjGetErrorStr2(decoder))) ? pixels.count : 0
        }
        guard !pixels.isEmpty else { throw damaged() }
        let image = RasterImage(
            width: Int(width), height: Int(height), channels: isCMYK ? 3 : channels,
            bytes: isCMYK ? colours(ofInverted: pixels) : pixels)
        return orientation(in: bytes).applied(to: image)
    }

    /// Whether all pixels are there in spite of what TurboJPEG says.
    ///
    /// Its code for warnings does not tell: it stays when an error follows.
    private static func isHarmless(_ message: String) -> Bool {
        message.contains("extraneous bytes") || message.contains("unknown JFIF revision")
            || message.contains("nknown Adobe color transform")
    }

    /// The largest of 1, 2, 4 and 8 by which the longer side may be divided.
    private static func scale(of longer: Int, towards side: Int?) -> Int32 {
        guard let side, side > 0 else { return 1 }
        return [8, 4, 2].first { longer / Int($0) >= side } ?? 1
    }

    /// CMYK as all programs write it since Adobe's did, 255 for no ink, rounded as Pillow rounds.
    private static func colours(ofInverted inks: [UInt8]) -> [UInt8] {
        var colours: [UInt8] = []
        colours.reserveCapacity(inks.count / 4 * 3)
        for place in stride(from: 0, to: inks.count, by: 4) {
            let light = Int(inks[place + 3])
            for ink in inks[place..<(place + 3)] {
                let product = (255 - Int(ink)) * light + 128
                colours.append(UInt8(max(0, light - (product >> 8 + product) >> 8)))
            }
        }
        return colours
    }

    /// EXIF's orientation, from the parts before the first scan.
    private static func orientation(in bytes: [UInt8]) -> Orientation {
        let exif: [UInt8] = Array("Exif".utf8) + [0, 0]
        let found = firstPart(of: bytes) { marker, body in marker == 0xE1 && body.starts(with: exif) }
        return found.map { Orientation(tiff: $0.dropFirst(exif.count)) } ?? .upright
    }

    /// Width and height as the frame's header has them.
    static func size(in bytes: [UInt8]) -> (Int, Int)? {
        guard isOne(bytes) else { return nil }
        // C4, C8 and CC are tables and an extension among the kinds of frames.
        let frame = firstPart(of: bytes) { marker, body in
            (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker) && body.count >= 5
        }
        guard let frame = frame.map(Array.init) else { return nil }
        return (frame.short(at: 3), frame.short(at: 1))
    }

    /// The first of the parts before the first scan that is asked for.
    private static func firstPart(
        of bytes: [UInt8], where isWanted: (_ marker: UInt8, _ body: ArraySlice<UInt8>) -> Bool
    ) -> ArraySlice<UInt8>? {
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            if marker == 0xFF {  // padding
                position += 1
                continue
            }
            let length = bytes.short(at: position + 2)
            guard marker != 0xDA, length >= 2, position + 2 + length <= bytes.count else { break }
            let body = bytes[(position + 4)..<(position + 2 + length)]
            if isWanted(marker, body) { return body }
            position += 2 + length
        }
        return nil
    }
}
