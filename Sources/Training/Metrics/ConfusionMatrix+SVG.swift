extension ConfusionMatrix {
    /// The matrix as a picture of its own: rows are what is right, columns what was predicted.
    ///
    /// Right answers are shaded green, wrong ones red, by their share of the row; it follows the reader's light or dark.
    public func svg(title: String) -> String {
        let cell = classes <= 20 ? 44 : 28
        let (left, top) = (76, 92)
        let (width, height) = (left + classes * cell + 24, top + classes * cell + 40)
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
            role="img" aria-label="\(Self.escaped(title))">
            <style>
            svg { background: #ffffff; font: 13px system-ui, sans-serif; } text { fill: #1a1a1a; }
            .faint { fill: #6b6b6b; } .right { fill: #1a7f37; } .wrong { fill: #cf222e; }
            @media (prefers-color-scheme: dark) {
            svg { background: #0d1117; } text { fill: #e6edf3; } .faint { fill: #9198a1; }
            .right { fill: #3fb950; } .wrong { fill: #f85149; } }
            </style>
            <text x="\(left)" y="28" font-size="16" font-weight="600">\(Self.escaped(title))</text>
            <text x="\(left)" y="50" class="faint">\(correct) of \(samples) right</text>
            <text x="\(left + classes * cell / 2)" y="\(height - 12)" text-anchor="middle" class="faint">predicted</text>
            <text transform="translate(20 \(top + classes * cell / 2)) rotate(-90)" text-anchor="middle" \
            class="faint">right</text>
            """
        ]
        for row in rows {
            let y = top + row.label * cell
            let middle = y + cell / 2 + 5
            parts.append("<text x=\"\(left - 10)\" y=\"\(middle)\" text-anchor=\"end\">\(row.label)</text>")
            let head = left + row.label * cell + cell / 2
            parts.append("<text x=\"\(head)\" y=\"\(top - 8)\" text-anchor=\"middle\">\(row.label)</text>")
            for predicted in 0..<classes {
                let count = self[row.label, predicted]
                guard count > 0 else { continue }
                let x = left + predicted * cell
                let share = Double(count) / Double(row.support)
                let kind = predicted == row.label ? "right" : "wrong"
                // A single mistake must be seen, too.
                let opacity = predicted == row.label ? 0.1 + 0.35 * share : min(0.8, 0.2 + 4 * share)
                parts.append(
                    """
                    <rect x="\(x + 1)" y="\(y + 1)" width="\(cell - 2)" height="\(cell - 2)" rx="4" class="\(kind)" \
                    fill-opacity="\((opacity * 100).rounded() / 100)"><title>\(row.label) taken for \(predicted): \(count)</title></rect>
                    <text x="\(x + cell / 2)" y="\(middle)" text-anchor="middle">\(count)</text>
                    """)
            }
        }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
