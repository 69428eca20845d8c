import Escaping
import Images

extension Drawing {
    /// The picture as an SVG of its own: no script, nothing from outside.
    public var svg: String {
        let (w, h) = (Self.number(width), Self.number(height))
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(w) \(h)" width="\(w)" height="\(h)" role="img" \
            aria-label="\(Self.escaped(title))">
            <style>
            \(Self.style(isDark: false))
            @media (prefers-color-scheme: dark) {
            \(Self.style(isDark: true)) }
            text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
            image { image-rendering: pixelated; }
            </style>
            <rect width="100%" height="100%" class="f-page"/>
            """
        ]
        lines += elements.map(Self.svg)
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }

    private static func style(isDark: Bool) -> String {
        Ink.allCases.map { ink in
            let colour = ink.web(isDark: isDark)
            return ".f-\(ink.rawValue) { fill: \(colour); } .s-\(ink.rawValue) { stroke: \(colour); fill: none; }"
        }.joined(separator: "\n")
    }

    private static func svg(_ element: Element) -> String {
        switch element {
        case .line(let points, let ink, let width):
            let path = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
            return """
                <polyline points="\(path)" class="s-\(ink.rawValue)" stroke-width="\(number(width))" \
                stroke-linejoin="round" stroke-linecap="round"/>
                """
        case .box(let x, let y, let width, let height, let radius, let fill, let edge, let opacity):
            let shape = """
                <rect x="\(number(x))" y="\(number(y))" width="\(number(width))" height="\(number(height))" \
                rx="\(number(radius))"\(opacity < 1 ? " opacity=\"\(number(opacity))\"" : "")
                """
            let filled = fill.map { "\(shape) class=\"f-\($0.rawValue)\"/>" } ?? ""
            return filled + (edge.map { "\(shape) class=\"s-\($0.rawValue)\"/>" } ?? "")
        case .dot(let point, let radius, let ink, let isRing):
            let shape = "<circle cx=\"\(number(point.x))\" cy=\"\(number(point.y))\" r=\"\(number(radius))\""
            return shape
                + (isRing ? " class=\"s-\(ink.rawValue)\" stroke-width=\"2\"/>" : " class=\"f-\(ink.rawValue)\"/>")
        case .text(let text, let point, let size, let anchor, let ink, let isBold):
            return """
                <text x="\(number(point.x))" y="\(number(point.y))" font-size="\(number(size))" \
                text-anchor="\(anchor.rawValue)"\(isBold ? " font-weight=\"600\"" : "") \
                class="f-\(ink.rawValue)">\(escaped(text))</text>
                """
        case .image(let image, let x, let y, let width, let height, let label):
            return """
                <image x="\(number(x))" y="\(number(y))" width="\(number(width))" height="\(number(height))" \
                preserveAspectRatio="none" href="data:image/png;base64,\(base64(image.png()))">\
                \(label.isEmpty ? "" : "<title>\(escaped(label))</title>")</image>
                """
        }
    }

    /// A number with at most two decimals.
    static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
    }

    static func escaped(_ text: String) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == "\n" || $0 == "\t" || $0 == "\r" }
        let line = String(String.UnicodeScalarView(text.unicodeScalars.map { isSpace($0) ? " " : $0 }))
        return line.visible().replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(bytes.count, start + 3)]
            let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
            for k in 0..<4 { text.append(k <= part.count ? letters[word >> (18 - 6 * k) & 63] : 61) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
