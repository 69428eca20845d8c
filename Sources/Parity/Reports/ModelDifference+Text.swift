import Escaping
import KerasFiles
import Networks

extension ModelDifference {
    /// The difference as a terminal shows it, the verdict first; equal weights are only counted.
    public func text(colour: Bool = false) -> String {
        let word = isEqual ? "equal" : "different"
        var lines = ["\(word)  \(names.0.visible()) | \(names.1.visible())"]
        lines += structure.map { "  \($0)".visible() }
        let layers = layerCounts.0 == layerCounts.1 ? "\(layerCounts.0)" : "\(layerCounts.0) | \(layerCounts.1)"
        lines.append("  structure  \(layers) layers, \(structure.isEmpty ? "equal" : "\(structure.count) differences")")
        guard !weights.isEmpty else { return terminalText(lines, word, isGood: isEqual, colour: colour) }
        let numbers = weights.reduce(0) { $0 + $1.comparison.count }
        let same = weights.count { $0.comparison.exact == $0.comparison.count }
        let within = weights.count(where: \.comparison.isEqual) - same
        let beyond = weights.count - same - within
        var parts = ["\(same) the same"]
        if within > 0 { parts.append("\(within) within \(tolerance)") }
        if beyond > 0 { parts.append("\(beyond) different") }
        lines.append(
            "  weights    \(weights.count) tensors, \(numbers.grouped) numbers: \(parts.joined(separator: ", "))")
        let differing = weights.filter { $0.comparison.exact < $0.comparison.count }
        guard !differing.isEmpty else { return terminalText(lines, word, isGood: isEqual, colour: colour) }
        let table =
            [["weight", "shape", "differ", "max |Δ|", "mean |Δ|", "most ULP", "cosine", ""]]
            + differing.map { row in
                let found = row.comparison
                return [
                    row.name.visible(), row.shape.description, (found.count - found.exact).grouped,
                    found.absoluteError.maximum.short, found.absoluteError.mean.short,
                    found.ulps.rows.last?.label ?? "0", row.cosine.map { $0.short } ?? "—",
                    found.isEqual ? "equal" : "differs",
                ]
            }
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        lines.append("")
        lines += table.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                [0, 1, 7].contains(column) ? cell.0.padded(to: cell.1) : cell.0.paddedLeft(to: cell.1)
            }
            return "  " + cells.joined(separator: "  ").trimmingRight
        }
        return terminalText(lines, word, isGood: isEqual, colour: colour)
    }

    /// The difference as JSON, schema `keras-bridge/diff/1`; fields may be added within a version.
    public func json() -> String {
        let fields: Options = [
            "schema": "keras-bridge/diff/1",
            "equal": .bool(isEqual),
            "files": [.string(names.0), .string(names.1)],
            "layers": [.int(layerCounts.0), .int(layerCounts.1)],
            "structure": .array(
                structure.map { entry in
                    [
                        "kind": .string(entry.kind.rawValue), "layer": entry.layer.map { .string($0) } ?? nil,
                        "what": entry.what.map { .string($0) } ?? nil,
                        "first": entry.first.map { .string($0) } ?? nil,
                        "second": entry.second.map { .string($0) } ?? nil,
                        "sentence": .string(entry.description),
                    ]
                }),
            "weights": .array(
                weights.map { row in
                    .object(
                        Options(
                            [("name", .string(row.name)), ("shape", OptionValue(row.shape.extents))]
                                + row.comparison.fields
                                + [("cosine", row.cosine.map { .number($0) } ?? nil)]))
                }),
        ]
        return JSON.text(.object(fields), indent: 2) + "\n"
    }
}
