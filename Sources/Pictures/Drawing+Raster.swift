import Images

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Drawing {
    /// The picture in pixels.
    ///
    /// - Parameters:
    ///   - scale: pixels for each unit of length.
    ///   - isDark: whether the page is dark.
    public func image(scale: Double = 2, isDark: Bool = false) -> RasterImage {
        var sheet = Sheet(Int((width * scale).rounded(.up)), Int((height * scale).rounded(.up)), isDark)
        for element in elements {
            switch element {
            case .line(let points, let ink, let width):
                sheet.stroke([points.map { ($0.x * scale, $0.y * scale) }], width * scale, ink)
            case .box(let x, let y, let width, let height, let radius, let fill, let edge, let opacity):
                let box = (x: x * scale, y: y * scale, width: width * scale, height: height * scale)
                if let fill { sheet.fill(box, radius * scale, fill, border: nil, opacity: opacity) }
                if let edge { sheet.fill(box, radius * scale, edge, border: scale, opacity: opacity) }
            case .dot(let point, let radius, let ink, let isRing):
                let r = radius * scale
                let box = (x: point.x * scale - r, y: point.y * scale - r, width: 2 * r, height: 2 * r)
                sheet.fill(box, r, ink, border: isRing ? 2 * scale : nil)
            case .text(let text, let point, let size, let anchor, let ink, let isBold):
                let strokes = StrokeFont.strokes(text, size: size * scale)
                let shift = anchor == .start ? 0 : anchor == .middle ? strokes.width / 2 : strokes.width
                sheet.stroke(
                    strokes.lines.map { $0.map { ($0.0 + point.x * scale - shift, $0.1 + point.y * scale) } },
                    size * scale * (isBold ? 0.125 : 0.085), ink)
            case .image(let image, let x, let y, let width, let height, _):
                sheet.draw(image, (x * scale, y * scale, width * scale, height * scale))
            }
        }
        return RasterImage(width: sheet.width, height: sheet.height, channels: 3, bytes: sheet.bytes)
    }
}

/// A page of pixels; every shape is blended by how much of a pixel it covers, seen by its distance.
private struct Sheet {
    typealias Box = (x: Double, y: Double, width: Double, height: Double)

    let width: Int
    let height: Int
    private let isDark: Bool
    private(set) var bytes: [UInt8]

    init(_ width: Int, _ height: Int, _ isDark: Bool) {
        (self.width, self.height, self.isDark) = (max(1, width), max(1, height), isDark)
        let page = Self.parts(.page, isDark)
        bytes = []
        bytes.reserveCapacity(3 * self.width * self.height)
        for _ in 0..<(self.width * self.height) { bytes += page }
    }

    private static func parts(_ ink: Ink, _ isDark: Bool) -> [UInt8] {
        let colour = isDark ? ink.colours.dark : ink.colours.light
        return [16, 8, 0].map { UInt8(colour >> $0 & 0xFF) }
    }

    private mutating func blend(_ x: Int, _ y: Int, _ colour: [UInt8], _ share: Double) {
        for c in 0..<3 {
            let place = 3 * (y * width + x) + c
            let old = Double(bytes[place])
            bytes[place] = UInt8(min(255, max(0, (old + share * (Double(colour[c]) - old)).rounded())))
        }
    }

    /// The pixels that a box touches, on the page.
    private func pixels(_ box: Box, margin: Double) -> (columns: Range<Int>, rows: Range<Int>) {
        func range(_ from: Double, _ to: Double, _ limit: Int) -> Range<Int> {
            let first = Int(max(0, min(Double(limit), (from - margin).rounded(.down))))
            let last = Int(max(0, min(Double(limit), (to + margin).rounded(.up))))
            return first..<max(first, last)
        }
        return (range(box.x, box.x + box.width, width), range(box.y, box.y + box.height, height))
    }

    /// Fills a box with round corners, or only its border inwards.
    mutating func fill(_ box: Box, _ radius: Double, _ ink: Ink, border: Double?, opacity: Double = 1) {
        let colour = Self.parts(ink, isDark)
        let (columns, rows) = pixels(box, margin: 1)
        let r = min(radius, min(box.width, box.height) / 2)
        for y in rows {
            for x in columns {
                // The distance from the border, negative inside.
                let dx = abs(Double(x) + 0.5 - box.x - box.width / 2) - box.width / 2 + r
                let dy = abs(Double(y) + 0.5 - box.y - box.height / 2) - box.height / 2 + r
                let outside = (max(dx, 0) * max(dx, 0) + max(dy, 0) * max(dy, 0)).squareRoot()
                let distance = outside + min(max(dx, dy), 0) - r
                var share = min(1, max(0, 0.5 - distance))
                if let border { share = min(share, min(1, max(0, distance + border + 0.5))) }
                if share > 0 { blend(x, y, colour, share * opacity) }
            }
        }
    }

    /// Draws lines with round ends; where they meet they do not add up.
    mutating func stroke(_ lines: [[(Double, Double)]], _ width: Double, _ ink: Ink) {
        let colour = Self.parts(ink, isDark)
        let reach = max(width, 1) / 2
        let all = lines.joined()
        guard let left = all.map(\.0).min(), let right = all.map(\.0).max(), let top = all.map(\.1).min(),
            let bottom = all.map(\.1).max()
        else { return }
        let (columns, rows) = pixels((left, top, right - left, bottom - top), margin: reach + 1)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        var cover = [Double](repeating: 0, count: columns.count * rows.count)
        for line in lines {
            for (a, b) in zip(line, line.count > 1 ? Array(line.dropFirst()) : line) {
                let box: Box = (min(a.0, b.0), min(a.1, b.1), abs(a.0 - b.0), abs(a.1 - b.1))
                let near = pixels(box, margin: reach + 1)
                let (ux, uy) = (b.0 - a.0, b.1 - a.1)
                let length = ux * ux + uy * uy
                for y in near.rows.clamped(to: rows) {
                    for x in near.columns.clamped(to: columns) {
                        let (px, py) = (Double(x) + 0.5 - a.0, Double(y) + 0.5 - a.1)
                        let along = length > 0 ? min(1, max(0, (px * ux + py * uy) / length)) : 0
                        let (dx, dy) = (px - along * ux, py - along * uy)
                        let share = min(1, max(0, reach + 0.5 - (dx * dx + dy * dy).squareRoot()))
                        let place = (y - rows.lowerBound) * columns.count + x - columns.lowerBound
                        cover[place] = max(cover[place], share)
                    }
                }
            }
        }
        // A line thinner than a pixel is fainter instead.
        let strength = min(1, width)
        for y in rows {
            for x in columns {
                let share = cover[(y - rows.lowerBound) * columns.count + x - columns.lowerBound]
                if share > 0 { blend(x, y, colour, share * strength) }
            }
        }
    }

    /// Shows an image, its nearest pixel everywhere.
    mutating func draw(_ image: RasterImage, _ box: Box) {
        let image = image.colours
        let (columns, rows) = pixels(box, margin: 0)
        for y in rows {
            let row = min(image.height - 1, max(0, Int((Double(y) + 0.5 - box.y) / box.height * Double(image.height))))
            for x in columns {
                let column = min(
                    image.width - 1, max(0, Int((Double(x) + 0.5 - box.x) / box.width * Double(image.width))))
                let place = 3 * (row * image.width + column)
                for c in 0..<3 { bytes[3 * (y * width + x) + c] = image.bytes[place + c] }
            }
        }
    }
}
