/// A PNG's parts, of which only those that make pixels go on to libpng.
///
/// Texts, times and colour profiles are dropped unread: they change no sample, as for Pillow and TensorFlow, and what is
/// not read cannot do harm.
struct PNGChunks {
    private(set) var width = 0
    private(set) var height = 0
    private(set) var bitDepth = 0
    /// The file with the parts that make pixels alone.
    private(set) var pixels: [UInt8]
    private(set) var orientation = Orientation.upright

    static let magic: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private static let kept = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]

    init(_ bytes: [UInt8], _ name: String) throws(ImageError) {
        func malformed(_ problem: String) -> ImageError { .malformed(name: name, problem: problem) }
        pixels = Self.magic
        pixels.reserveCapacity(bytes.count)
        var position = Self.magic.count
        var type = ""
        while type != "IEND" {
            guard position + 12 <= bytes.count else { throw malformed("PNG ends after \(bytes.count) bytes") }
            let length = bytes.number(at: position)
            type = String(decoding: bytes[(position + 4)..<(position + 8)], as: UTF8.self)
            let body = position + 8
            guard length <= bytes.count - body - 4 else { throw malformed("PNG ends inside its part \(type)") }
            switch type {
            case "IHDR":
                guard length == 13 else { throw malformed("PNG's header has \(length) bytes, expected 13") }
                (width, height, bitDepth) = (bytes.number(at: body), bytes.number(at: body + 4), Int(bytes[body + 8]))
            case "eXIf": orientation = Orientation(tiff: bytes[body..<(body + length)])
            default: break
            }
            if Self.kept.contains(type) { pixels += bytes[position..<(body + length + 4)] }
            position = body + length + 4
        }
    }
}
