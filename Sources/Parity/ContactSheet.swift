import Tensors

/// Many small pictures on one page, each with a caption, for who looks at what a model got wrong.
public struct ContactSheet: Sendable {
    public var columns: Int
    /// How many times larger than they are the pictures are shown.
    public var scale: Int
    private var entries: [(picture: Picture, caption: String)] = []

    /// A sheet without pictures yet.
    public init(columns: Int = 10, scale: Int = 2) {
        precondition(columns > 0 && scale > 0, "a contact sheet has columns, and pictures of a size")
        self.columns = columns
        self.scale = scale
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// Adds a picture; of its caption, digits, `>` and `-` are shown.
    public mutating func add(_ picture: Picture, caption: String) { entries.append((picture, caption)) }

    /// The page, as wide as its columns; a single white pixel where it is empty.
    public var picture: Picture {
        guard !entries.isEmpty else { return Picture(width: 1, height: 1, bytes: [255]) }
        let channels = entries.map(\.picture.channels).max() ?? 1
        let tile = (
            width: (entries.map(\.picture.width).max() ?? 1) * scale + Self.margin,
            height: (entries.map(\.picture.height).max() ?? 1) * scale + Self.margin + Glyph.height * Self.ink + 4
        )
        let across = min(columns, entries.count)
        let down = (entries.count + across - 1) / across
        var page = Canvas(
            width: across * tile.width + Self.margin, height: down * tile.height + Self.margin, channels: channels)
        for (position, entry) in entries.enumerated() {
            let left = Self.margin + position % across * tile.width
            let top = Self.margin + position / across * tile.height
            page.draw(entry.picture, left: left, top: top, scale: scale)
            page.write(entry.caption, left: left, top: top + entry.picture.height * scale + 4, ink: Self.ink)
        }
        return Picture(width: page.width, height: page.height, channels: channels, bytes: page.bytes)
    }

    private static let margin = 8
    /// How many pixels a dot of a glyph is wide.
    private static let ink = 2
}

/// A white page to draw on.
private struct Canvas {
    let width: Int
    let height: Int
    let channels: Int
    var bytes: [UInt8]

    init(width: Int, height: Int, channels: Int) {
        (self.width, self.height, self.channels) = (width, height, channels)
        bytes = Array(repeating: 255, count: width * height * channels)
    }

    mutating func draw(_ picture: Picture, left: Int, top: Int, scale: Int) {
        for y in 0..<(picture.height * scale) {
            for x in 0..<(picture.width * scale) {
                let source = (y / scale * picture.width + x / scale) * picture.channels
                for channel in 0..<channels {
                    bytes[((top + y) * width + left + x) * channels + channel] =
                        picture.bytes[source + min(channel, picture.channels - 1)]
                }
            }
        }
    }

    mutating func write(_ text: String, left: Int, top: Int, ink: Int) {
        var left = left
        for character in text {
            guard let rows = Glyph.rows[character] else { continue }
            for (y, row) in rows.enumerated() {
                for x in 0..<Glyph.width where row >> (Glyph.width - 1 - x) & 1 == 1 {
                    dot(left + x * ink, top + y * ink, ink)
                }
            }
            left += (Glyph.width + 1) * ink
        }
    }

    /// What lies beyond the page is cut off.
    private mutating func dot(_ left: Int, _ top: Int, _ size: Int) {
        guard left < width, top < height else { return }
        for y in top..<min(height, top + size) {
            for x in left..<min(width, left + size) {
                for channel in 0..<channels { bytes[(y * width + x) * channels + channel] = 40 }
            }
        }
    }
}

/// Letters of three by five dots, each row a number in bits.
private enum Glyph {
    static let width = 3
    static let height = 5
    static let rows: [Character: [UInt8]] = [
        "0": [7, 5, 5, 5, 7], "1": [2, 6, 2, 2, 7], "2": [7, 1, 7, 4, 7], "3": [7, 1, 7, 1, 7], "4": [5, 5, 7, 1, 1],
        "5": [7, 4, 7, 1, 7], "6": [7, 4, 7, 5, 7], "7": [7, 1, 2, 2, 2], "8": [7, 5, 7, 5, 7], "9": [7, 5, 7, 1, 7],
        ">": [4, 2, 1, 2, 4], "-": [0, 0, 7, 0, 0], " ": [0, 0, 0, 0, 0],
    ]
}
