import Escaping

/// Columns of text under a heading, each as wide as its widest cell.
struct Table {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [Row] = []

    private enum Row {
        case cells([String])
        /// A line across all columns.
        case line(String)
    }

    init(_ columns: (title: String, alignment: Alignment)...) { self.columns = columns }

    /// Adds a row; cells at its end may be left out.
    mutating func add(_ cells: [String]) { rows.append(.cells(cells.map { $0.visible() })) }

    mutating func add(_ cells: String...) { add(cells) }

    /// Adds a line that no column holds.
    mutating func addLine(_ line: String) { rows.append(.line(line.visible())) }

    /// The heading, a rule, and the rows.
    var text: String { lines(withTitles: true).joined(separator: "\n") }

    /// The rows alone.
    var body: String { lines(withTitles: false).joined(separator: "\n") }

    private func lines(withTitles: Bool) -> [String] {
        let titles = columns.map(\.title)
        let all = [titles] + rows.compactMap { row in if case .cells(let cells) = row { cells } else { nil } }
        let widths = columns.indices.map { column in
            all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let rule = widths.map { String(repeating: "─", count: $0) }
        let lines = rows.map { row in
            switch row {
            case .cells(let cells): line(cells, widths)
            case .line(let text): text
            }
        }
        return withTitles ? [line(titles, widths), line(rule, widths)] + lines : lines
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            if column > 0 { text += "  " }
            let space = String(repeating: " ", count: widths[column] - cell.count)
            text += columns[column].alignment == .left ? cell + space : space + cell
        }
        while text.last == " " { text.removeLast() }
        return text
    }
}
