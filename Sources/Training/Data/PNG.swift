import CZlib
import Tensors

/// PNG images as arrays of bytes, for samples that are pictures.
///
/// All kinds but interlaced ones; 16 bits keep the upper 8, transparency is left out, as Keras' `load_img` does.
public enum PNG {
    private static let magic: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Reads a file as `[height, width, channels]` bytes.
    ///
    /// - Parameter channels: 1 for grey, 3 for colour; colours become grey by their luma, 299 : 587 : 114, rounded as
    ///   Pillow rounds.
    /// - Throws: ``DataError`` where the file is missing, damaged, or no PNG that can be read.
    public static func read(path: String, channels: Int) throws(DataError) -> NumberArray {
        try read(try readBytes(of: path), name: path, channels: channels)
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameter name: what errors call the file.
    public static func read(_ bytes: [UInt8], name: String, channels: Int) throws(DataError) -> NumberArray {
        precondition(channels == 1 || channels == 3, "an image is grey or has three colours")
        let image = try Image(bytes, name)
        let colours = image.colours()
        var result: [UInt8] = []
        result.reserveCapacity(colours.count / 3 * channels)
        for pixel in stride(from: 0, to: colours.count, by: 3) {
            let (red, green, blue) = (Int(colours[pixel]), Int(colours[pixel + 1]), Int(colours[pixel + 2]))
            if channels == 3 {
                result += [colours[pixel], colours[pixel + 1], colours[pixel + 2]]
            } else {
                result.append(UInt8((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16))
            }
        }
        return NumberArray(.uint8, [image.height, image.width, channels], bytes: result)
    }

    /// The rows of an image without their filters, as the file packs them.
    private struct Image {
        var width = 0
        var height = 0
        private var depth = 0
        private var kind = 0
        private var palette: [UInt8] = []
        private var rows: [UInt8] = []
        private var rowBytes = 0

        private var samples: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][kind] ?? 0 }

        init(_ bytes: [UInt8], _ name: String) throws(DataError) {
            func malformed(_ problem: String) -> DataError { .malformed(file: name, problem: problem) }
            guard bytes.starts(with: PNG.magic) else { throw malformed("expected a PNG image, found something else") }
            var packed: [UInt8] = []
            var position = PNG.magic.count
            var ended = false
            while !ended {
                guard position + 12 <= bytes.count else { throw malformed("PNG ends after \(bytes.count) bytes") }
                let length = PNG.number(bytes, at: position)
                let type = String(decoding: bytes[(position + 4)..<(position + 8)], as: UTF8.self)
                let start = position + 8
                guard length <= bytes.count - start - 4 else { throw malformed("PNG ends inside its part \(type)") }
                let body = bytes[start..<(start + length)]
                switch type {
                case "IHDR":
                    guard length == 13 else { throw malformed("PNG's header has \(length) bytes, expected 13") }
                    (width, height) = (PNG.number(bytes, at: start), PNG.number(bytes, at: start + 4))
                    (depth, kind) = (Int(bytes[start + 8]), Int(bytes[start + 9]))
                    guard bytes[start + 12] == 0 else {
                        throw malformed("the PNG is interlaced; save it without interlacing")
                    }
                case "PLTE": palette = Array(body)
                case "IDAT": packed += body
                case "IEND": ended = true
                default: break
                }
                position = start + length + 4
            }
            guard samples > 0, [1, 2, 4, 8, 16].contains(depth), depth >= 8 || samples == 1, kind != 3 || depth <= 8
            else { throw malformed("PNG of kind \(kind) with \(depth) bits: there is no such kind") }
            let limit = DataLimits.current.pixels
            guard width > 0, height > 0, width <= limit, height <= limit / width else {
                throw malformed("\(width) × \(height) pixels, where images have 1 to the limit of \(limit) pixels")
            }
            rowBytes = (width * samples * depth + 7) / 8
            rows = try PNG.inflated(packed, count: (rowBytes + 1) * height, name)
            guard unfilter() else { throw malformed("PNG has a row with an unknown filter") }
        }

        /// Takes the filters off, row by row; false where one is unknown.
        private mutating func unfilter() -> Bool {
            let step = max(1, samples * depth / 8)
            var result = [UInt8](repeating: 0, count: rowBytes * height)
            for row in 0..<height {
                let filter = rows[row * (rowBytes + 1)]
                for i in 0..<rowBytes {
                    let left = i >= step ? Int(result[row * rowBytes + i - step]) : 0
                    let up = row > 0 ? Int(result[(row - 1) * rowBytes + i]) : 0
                    let corner = row > 0 && i >= step ? Int(result[(row - 1) * rowBytes + i - step]) : 0
                    let guess: Int
                    switch filter {
                    case 0: guess = 0
                    case 1: guess = left
                    case 2: guess = up
                    case 3: guess = (left + up) / 2
                    case 4:
                        let sum = left + up - corner
                        let (a, b, c) = (abs(sum - left), abs(sum - up), abs(sum - corner))
                        guess = a <= b && a <= c ? left : b <= c ? up : corner
                    default: return false
                    }
                    result[row * rowBytes + i] = rows[row * (rowBytes + 1) + 1 + i] &+ UInt8(guess)
                }
            }
            rows = result
            return true
        }

        /// Red, green and blue of every pixel.
        func colours() -> [UInt8] {
            var colours: [UInt8] = []
            colours.reserveCapacity(3 * width * height)
            for row in 0..<height {
                for column in 0..<width {
                    func sample(_ number: Int) -> UInt8 {
                        let bit = (column * samples + number) * depth
                        let byte = rows[row * rowBytes + bit / 8]
                        if depth >= 8 { return byte }
                        let value = byte >> UInt8(8 - depth - bit % 8) & UInt8(1 << depth - 1)
                        return kind == 3 ? value : UInt8(Int(value) * 255 / (1 << depth - 1))
                    }
                    switch kind {
                    case 2, 6: colours += [sample(0), sample(1), sample(2)]
                    case 3:
                        let entry = 3 * Int(sample(0))
                        colours += entry + 3 <= palette.count ? palette[entry..<(entry + 3)] : [0, 0, 0]
                    default: colours += [sample(0), sample(0), sample(0)]
                    }
                }
            }
            return colours
        }
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> Int {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Unpacks exactly `count` bytes.
    private static func inflated(_ packed: [UInt8], count: Int, _ name: String) throws(DataError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        var length = uLongf(count)
        let status = uncompress(&result, &length, packed, uLong(packed.count))
        guard status == Z_OK, Int(length) == count else {
            throw .malformed(file: name, problem: "PNG's pixels are damaged: expected \(count) bytes of them")
        }
        return result
    }
}
