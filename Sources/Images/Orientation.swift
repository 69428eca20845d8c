/// Which way up a photograph is shown: EXIF's orientation, 1 to 8.
public enum Orientation: Int, Sendable, CaseIterable {
    case upright = 1
    case mirrored
    /// By 180°.
    case turned
    case flipped
    /// Rows are columns.
    case transposed
    /// To be turned by 90° clockwise.
    case onItsLeft
    /// Mirrored along the other diagonal.
    case transversed
    /// To be turned by 90° counter-clockwise.
    case onItsRight

    /// Reads EXIF's block, a small TIFF file; upright where it says nothing that can be understood.
    init(tiff bytes: ArraySlice<UInt8>) {
        self = Self.declared(in: Array(bytes)).flatMap(Orientation.init) ?? .upright
    }

    /// Tag 0x112 of the first directory.
    private static func declared(in bytes: [UInt8]) -> Int? {
        guard bytes.count >= 8 else { return nil }
        let isLittle = bytes.starts(with: "II".utf8)
        guard isLittle || bytes.starts(with: "MM".utf8) else { return nil }
        func number(_ place: Int, _ count: Int) -> Int? {
            guard place >= 0, place <= bytes.count - count else { return nil }
            let part = bytes[place..<(place + count)]
            return isLittle ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        for entry in 0..<count {
            let place = directory + 2 + 12 * entry
            guard let tag = number(place, 2), let type = number(place + 2, 2) else { return nil }
            if tag == 0x112 { return type == 3 ? number(place + 8, 2) : nil }
        }
        return nil
    }

    private var swapsSides: Bool { rawValue >= Orientation.transposed.rawValue }

    /// The image as it is to be shown.
    public func applied(to image: RasterImage) -> RasterImage {
        guard self != .upright else { return image }
        let (oldWidth, oldHeight, channels) = (image.width, image.height, image.channels)
        let width = swapsSides ? oldHeight : oldWidth
        let height = swapsSides ? oldWidth : oldHeight
        let bytes = [UInt8](unsafeUninitializedCapacity: image.bytes.count) { bytes, count in
            image.bytes.withUnsafeBufferPointer { old in
                for y in 0..<height {
                    for x in 0..<width {
                        let (right, down) = (width - 1 - x, height - 1 - y)
                        let source =
                            switch self {
                            case .upright: (x, y)
                            case .mirrored: (right, y)
                            case .turned: (right, down)
                            case .flipped: (x, down)
                            case .transposed: (y, x)
                            case .onItsLeft: (y, right)
                            case .transversed: (down, right)
                            case .onItsRight: (down, x)
                            }
                        let (from, to) = ((source.1 * oldWidth + source.0) * channels, (y * width + x) * channels)
                        for channel in 0..<channels { bytes[to + channel] = old[from + channel] }
                    }
                }
            }
            count = image.bytes.count
        }
        return RasterImage(width: width, height: height, channels: channels, bytes: bytes)
    }
}
