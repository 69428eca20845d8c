/// Finds the digits in ink that holds several.
public enum Segmentation {
    /// The boxes of the digits, line by line from left to right, without a network to judge cuts.
    public static func boxes(in ink: Ink) -> [PixelRect] { pieces(in: ink, judge: nil).map(\.box) }

    /// One digit's ink, and where it lies.
    struct Piece {
        var box: PixelRect
        var ink: Ink
    }

    static func pieces(in ink: Ink, judge: Recognizer?) -> [Piece] {
        let components = Components(ink, above: threshold)
        let lines = TextLines(components)
        return lines.lines.flatMap { line in
            line.flatMap { group -> [Piece] in
                let whole = Piece(group, of: components, ink)
                guard let judge else { return [whole] }
                return Cutting(whole, judge: judge).pieces
            }
        }
    }

    /// What counts as ink when it is asked what hangs together.
    static let threshold: Float = 0.3
}

extension Segmentation.Piece {
    /// The ink of some components, with the lighter edges around them, and nothing of the others.
    init(_ group: TextLines.Group, of components: Components, _ ink: Ink) {
        let members = Set(group.members.map(Int32.init))
        var box = group.box
        box = PixelRect(x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2)
        var values = [Float](repeating: 0, count: box.width * box.height)
        for y in max(0, box.y)..<min(ink.height, box.bottom) {
            for x in max(0, box.x)..<min(ink.width, box.right) {
                let label = components.labels[y * ink.width + x]
                guard label < 0 || members.contains(label) else { continue }
                values[(y - box.y) * box.width + x - box.x] = ink[x, y]
            }
        }
        self.ink = Ink(width: box.width, height: box.height, values: values)
        self.box = group.box
    }
}
