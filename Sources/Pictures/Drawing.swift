import Images

/// A picture made of lines, boxes, texts and images, which becomes an SVG or a PNG.
///
/// An SVG follows its reader's light or dark page; a PNG is drawn for one of them, texts too, with nobody's help.
public struct Drawing: Sendable {
    public var width: Double
    public var height: Double
    /// What it shows, for who hears it instead.
    public var title: String
    var elements: [Element] = []

    public enum Anchor: String, Sendable { case start, middle, end }

    public struct Point: Hashable, Sendable {
        public var x: Double
        public var y: Double

        public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
    }

    enum Element: Sendable {
        case line([Point], Ink, width: Double)
        case box(
            x: Double, y: Double, width: Double, height: Double, radius: Double, fill: Ink?, edge: Ink?, opacity: Double
        )
        case dot(Point, radius: Double, Ink, isRing: Bool)
        case text(String, Point, size: Double, Anchor, Ink, isBold: Bool)
        case image(RasterImage, x: Double, y: Double, width: Double, height: Double, label: String)
    }

    public init(width: Double, height: Double, title: String) {
        (self.width, self.height, self.title) = (width, height, title)
    }

    public mutating func line(_ points: [Point], _ ink: Ink, width: Double = 1) {
        if !points.isEmpty { elements.append(.line(points, ink, width: width)) }
    }

    public mutating func box(
        x: Double, y: Double, width: Double, height: Double, radius: Double = 0, fill: Ink? = nil, edge: Ink? = nil,
        opacity: Double = 1
    ) {
        elements.append(
            .box(x: x, y: y, width: width, height: height, radius: radius, fill: fill, edge: edge, opacity: opacity))
    }

    public mutating func dot(_ point: Point, radius: Double, _ ink: Ink, isRing: Bool = false) {
        elements.append(.dot(point, radius: radius, ink, isRing: isRing))
    }

    /// Writes a line of text; `y` is its baseline.
    public mutating func text(
        _ text: String, x: Double, y: Double, size: Double = 13, anchor: Anchor = .start, _ ink: Ink = .text,
        isBold: Bool = false
    ) {
        elements.append(.text(text, Point(x, y), size: size, anchor, ink, isBold: isBold))
    }

    /// Shows an image, each of whose pixels stays a square.
    public mutating func image(
        _ image: RasterImage, x: Double, y: Double, width: Double, height: Double, label: String = ""
    ) {
        elements.append(.image(image, x: x, y: y, width: width, height: height, label: label))
    }
}
