import Images

/// How much ink lies on each point of a surface: 0 for none, 1 for a stroke.
///
/// Everything that reads digits starts from ink, however it came about: drawn, scanned or photographed.
public struct Ink: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// Row by row from the top.
    public let values: [Float]

    /// Ink of these amounts; what is outside 0 … 1, or no number, is brought into it.
    ///
    /// - Precondition: as many values as points, and at least one.
    public init(width: Int, height: Int, values: [Float]) {
        precondition(width > 0 && height > 0, "ink lies on a surface, not on \(width) × \(height)")
        precondition(values.count == width * height, "\(values.count) values for \(width) × \(height)")
        (self.width, self.height) = (width, height)
        self.values = values.map { $0 > 0 ? min($0, 1) : 0 }
    }

    /// Ink of amounts that are known to lie in 0 … 1.
    init(width: Int, height: Int, clamped values: [Float]) {
        (self.width, self.height, self.values) = (width, height, values)
    }

    /// Ink by its bytes, 255 for a stroke, as in MNIST's files.
    public init(width: Int, height: Int, bytes: some Sequence<UInt8>) {
        precondition(width > 0 && height > 0, "ink lies on a surface, not on \(width) × \(height)")
        let values = bytes.map { Float($0) / 255 }
        precondition(values.count == width * height, "\(values.count) bytes for \(width) × \(height)")
        self.init(width: width, height: height, clamped: values)
    }

    /// A drawing's ink: what is dark and not transparent, as it is.
    ///
    /// - Parameter side: larger drawings are shrunk until their longer side has this many points.
    public init(drawing: RasterImage, side: Int) {
        let grey = drawing.over(255).grey
        if max(grey.width, grey.height) > side {
            var brightness = Brightness(grey, side: side)
            brightness.invert()
            self.init(width: brightness.width, height: brightness.height, values: brightness.values)
        } else {
            self.init(width: grey.width, height: grey.height, clamped: grey.bytes.map { Float(255 - $0) / 255 })
        }
    }

    /// No ink.
    public static func blank(width: Int, height: Int) -> Ink {
        Ink(width: width, height: height, values: [Float](repeating: 0, count: width * height))
    }

    public subscript(x: Int, y: Int) -> Float { values[y * width + x] }

    /// All of it, in full points.
    public var total: Float { values.reduce(0, +) }

    /// The smallest rectangle that holds all ink above a trace; `nil` where there is none.
    public func bounds(above trace: Float = 0.02) -> PixelRect? {
        var (left, right, top, bottom) = (width, -1, height, -1)
        for y in 0..<height {
            let row = values[(y * width)..<((y + 1) * width)]
            guard let first = row.firstIndex(where: { $0 > trace }), let last = row.lastIndex(where: { $0 > trace })
            else { continue }
            (left, right) = (min(left, first - y * width), max(right, last - y * width))
            (top, bottom) = (min(top, y), y)
        }
        return right < left
            ? nil : PixelRect(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
    }

    /// The part inside a rectangle, which may reach beyond the surface: there is no ink there.
    public func cropped(to rect: PixelRect) -> Ink {
        var part = [Float](repeating: 0, count: rect.width * rect.height)
        let columns = max(0, rect.x)..<max(max(0, rect.x), min(width, rect.right))
        for y in max(0, rect.y)..<max(max(0, rect.y), min(height, rect.bottom)) {
            for x in columns { part[(y - rect.y) * rect.width + x - rect.x] = self[x, y] }
        }
        return Ink(width: rect.width, height: rect.height, clamped: part)
    }

    /// The same ink on a surface of another size: each point gets the average of the area that it covers.
    public func resized(width newWidth: Int, height newHeight: Int) -> Ink {
        if newWidth == width, newHeight == height { return self }
        let columns = Self.shares(from: width, to: newWidth)
        let rows = Self.shares(from: height, to: newHeight)
        var narrow = [Float](repeating: 0, count: height * newWidth)
        for y in 0..<height {
            for (x, shares) in columns.enumerated() {
                var sum: Float = 0
                for share in shares { sum += values[y * width + share.place] * share.weight }
                narrow[y * newWidth + x] = sum
            }
        }
        var result = [Float](repeating: 0, count: newHeight * newWidth)
        for (y, shares) in rows.enumerated() {
            for share in shares {
                for x in 0..<newWidth { result[y * newWidth + x] += narrow[share.place * newWidth + x] * share.weight }
            }
        }
        return Ink(width: newWidth, height: newHeight, values: result)
    }

    /// The same with its longer side no longer than this.
    public func shrunk(to side: Int) -> Ink {
        let longer = max(width, height)
        guard longer > side else { return self }
        return resized(width: max(1, width * side / longer), height: max(1, height * side / longer))
    }

    /// Which old points a new one covers, and how much of itself each is.
    private static func shares(from old: Int, to new: Int) -> [[(place: Int, weight: Float)]] {
        let step = Double(old) / Double(new)
        return (0..<new).map { place in
            let (start, end) = (Double(place) * step, Double(place + 1) * step)
            let last = min(old - 1, Int(end.rounded(.up)) - 1)
            return (Int(start)...max(Int(start), last)).map { source in
                let covered = min(end, Double(source + 1)) - max(start, Double(source))
                return (source, Float(max(0, covered) / step))
            }
        }
    }

    /// Where its mass has its middle, in points from the middle of the first; the surface's own middle without ink.
    var centreOfMass: (x: Float, y: Float) {
        var (sum, right, down): (Float, Float, Float) = (0, 0, 0)
        for y in 0..<height {
            for x in 0..<width {
                let value = self[x, y]
                sum += value
                right += value * Float(x)
                down += value * Float(y)
            }
        }
        return sum > 0 ? (right / sum, down / sum) : (Float(width - 1) / 2, Float(height - 1) / 2)
    }
}
