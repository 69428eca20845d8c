import Training

/// A confusion matrix: rows are what is right, columns what was predicted.
///
/// Right answers are shaded green, wrong ones red, by their share of the row.
public struct ConfusionChart: Sendable {
    public let drawing: Drawing

    public init(_ matrix: ConfusionMatrix, title: String) {
        let classes = Double(matrix.classes)
        let cell = matrix.classes <= 20 ? 44.0 : 28.0
        let (left, top) = (86.0, 96.0)
        // A long title must fit over a small matrix.
        let width = max(left + classes * cell + 24, 24 + 8.6 * Double(title.count) + 24)
        var drawing = Drawing(width: width, height: top + classes * cell + 44, title: title)
        drawing.text(title, x: 24, y: 32, size: 16, isBold: true)
        drawing.text("\(matrix.correct) of \(matrix.samples) right", x: 24, y: 54, size: 12.5, .faint)
        drawing.text("right", x: left - 30, y: top + 18, size: 12, anchor: .end, .faint)
        drawing.text("predicted", x: left, y: top + classes * cell + 24, size: 12, .faint)
        for row in matrix.rows {
            let y = top + Double(row.label) * cell
            let head = left + Double(row.label) * cell + cell / 2
            drawing.text("\(row.label)", x: left - 10, y: y + cell / 2 + 5, anchor: .end)
            drawing.text("\(row.label)", x: head, y: top - 10, anchor: .middle)
            for predicted in 0..<matrix.classes {
                let count = matrix[row.label, predicted]
                guard count > 0 else { continue }
                let x = left + Double(predicted) * cell
                let share = Double(count) / Double(row.support)
                let isRight = predicted == row.label
                // A single mistake must be seen, too.
                drawing.box(
                    x: x + 1, y: y + 1, width: cell - 2, height: cell - 2, radius: 4, fill: isRight ? .green : .red,
                    opacity: isRight ? 0.1 + 0.35 * share : min(0.6, 0.2 + 4 * share))
                let size = cell < 40 || count >= 10_000 ? 10.5 : 13.0
                drawing.text("\(count)", x: x + cell / 2, y: y + cell / 2 + 5, size: size, anchor: .middle)
            }
        }
        self.drawing = drawing
    }
}
