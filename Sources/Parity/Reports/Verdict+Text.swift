import Escaping

extension Verdict: CustomStringConvertible {
    public var description: String { text() }
}

extension Verdict {
    /// The verdict as a terminal shows it: short, the verdict first.
    ///
    /// - Parameter colour: whether to colour the verdict.
    public func text(colour: Bool = false) -> String {
        let word = isEqual ? "equal" : "different"
        var lines = [
            "\(word)  \(model.visible()): \(ours.name) against \(theirs.name), \(samples.grouped) samples of \(inputs)"
        ]
        lines += reasons.map { "  \($0)" }
        lines += hints.map { "  hint: \($0)" }
        lines += summary.map { name, value in "  \(name.padded(to: 12))\(value)" }
        lines += flipLines
        if let layers { lines += layerLines(layers) }
        return terminalText(lines, word, isGood: isEqual, colour: colour)
    }

    /// The most telling numbers, each with its name.
    var summary: [(name: String, value: String)] {
        var rows: [(String, String)] = []
        if let found = classification {
            let ties = found.ties > 0 ? " (\(found.ties) more are ties within the tolerance)" : ""
            rows.append(("top-1", "\(found.agreements.grouped) / \(found.samples.grouped) agree\(ties)"))
            if let our = found.ours, let their = found.theirs {
                rows.append(("accuracy", "ours \(our.accuracy.percent), \(theirs.name) \(their.accuracy.percent)"))
                rows.append(("loss", "ours \(our.loss.fixed), \(theirs.name) \(their.loss.fixed)"))
            }
        }
        for output in outputs {
            let found = output.comparison
            guard found.shapeMismatch == nil else { continue }
            let prefix = outputs.count > 1 ? "\(output.name): " : ""
            let error = found.absoluteError
            rows.append(
                (
                    "max |Δ|",
                    "\(prefix)\(error.maximum.short), mean \(error.mean.short), median \(error.median.short), "
                        + "99.9 % \(error.quantile999.short)"
                ))
            let relative = found.relativeError
            rows.append(
                (
                    "relative",
                    "\(prefix)max \(relative.maximum.short), mean \(relative.mean.short), median "
                        + "\(relative.median.short), 99.9 % \(relative.quantile999.short)"
                ))
            rows.append(("ULP", "\(prefix)\(found.ulps.summary)"))
            rows.append(("tolerance", "\(prefix)\(found.tolerance); \(found.required)"))
            if found.notANumber.ours + found.notANumber.theirs > 0 {
                let (ours, theirs) = found.notANumber
                rows.append(("NaN", "\(prefix)\(ours.grouped) ours, \(theirs.grouped) \(self.theirs.name)"))
            }
        }
        if let layers {
            let (compared, equal) = layers.counts
            let others = layers.uncompared > 0 ? ", \(layers.uncompared) more not in \(theirs.name)" : ""
            rows.append(
                (
                    "layers",
                    "\(equal) of \(compared) equal on \(layers.samples.grouped) sample\(layers.samples == 1 ? "" : "s")\(others)"
                ))
        }
        if let gradients {
            let equal = gradients.rows.count(where: \.comparison.isEqual)
            rows.append(
                (
                    "gradients",
                    "\(equal) of \(gradients.rows.count) equal, loss ours \(gradients.ourLoss.fixed), "
                        + "\(theirs.name) \(gradients.theirLoss.fixed)"
                ))
        }
        if let training {
            let equal = training.rows.count(where: \.comparison.isEqual)
            rows.append(
                (
                    "training",
                    "\(equal) of \(training.rows.count) weights equal after \(training.steps) steps of \(training.optimizer), "
                        + training.toleranceSentence
                ))
        }
        return rows
    }

    /// The samples that changed their class, the first of them one a line.
    private var flipLines: [String] {
        guard let found = classification, !found.flips.isEmpty else { return [] }
        let shown = 12
        var table = [["sample", "label", theirs.name, "", "ours", "", "margin", ""]]
        func cells(_ choice: ClassificationComparison.Choice) -> [String] {
            [choice.label.map(String.init) ?? "NaN", choice.score.isNaN ? "" : "at \(Double(choice.score).short)"]
        }
        for flip in found.flips.prefix(shown) {
            table.append(
                ["#\(flip.sample)", flip.label.map(String.init) ?? "—"] + cells(flip.theirs) + cells(flip.ours)
                    + [flip.margin.isNaN ? "—" : flip.margin.short, flip.isTie ? "a tie" : ""])
        }
        let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        let rest = found.flipCount + found.ties - min(shown, found.flips.count)
        return [""]
            + table.map { row in
                "  " + zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ").trimmingRight
            }
            + (rest > 0
                ? ["  … \(rest.grouped) more; --report lists \(ClassificationComparison.kept) with pictures"] : [])
    }

    private func layerLines(_ report: LayerReport) -> [String] {
        let bisected = report.rows.contains { $0.alone != nil }
        let header = ["#", "layer", "max |Δ|", "needs atol", bisected ? "alone" : "", ""]
        let rows = report.rows.map { row -> [String] in
            let found = row.comparison
            return [
                String(row.position), "\(row.key.layer.visible()) (\(row.className.visible()))",
                found?.absoluteError.maximum.short ?? "—",
                found.map { $0.requiredAbsolute?.short ?? "none" } ?? "—",
                bisected ? row.alone.map { $0.absoluteError.maximum.short } ?? "—" : "", row.word(theirs.name),
            ]
        }
        let table = [header] + rows
        let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return [""]
            + table.map { row in
                let cells = zip(row, widths).enumerated().map { column, cell in
                    column == 1 || column == 5 ? cell.0.padded(to: cell.1) : cell.0.paddedLeft(to: cell.1)
                }
                return "  " + cells.joined(separator: "  ").trimmingRight
            }
    }
}

/// Lines as a terminal shows them: what it would obey is made visible, but the colour of the first word.
func terminalText(_ lines: [String], _ word: String, isGood: Bool, colour: Bool) -> String {
    let text = lines.joined(separator: "\n").visible(keepingLines: true) + "\n"
    return colour ? "\u{1B}[1;\(isGood ? 32 : 31)m\(word)\u{1B}[0m" + text.dropFirst(word.count) : text
}

extension LayerReport.Row {
    /// The layer's own verdict in a word or two.
    func word(_ theirName: String) -> String {
        guard let comparison else { return "not in \(theirName)" }
        if let alone, !alone.isEqual { return "differs, alone too" }
        return comparison.isEqual ? "equal" : "differs"
    }
}

extension Comparison {
    /// The tolerances that would have passed.
    var required: String {
        guard let absolute = requiredAbsolute else { return "no tolerance would pass" }
        let relative = requiredRelative.map { " or rtol \($0.short)" } ?? ""
        if isEqual, absolute == 0, requiredRelative == 0 { return "either alone would pass" }
        return "\(isEqual ? "would pass down to" : "would pass from") atol \(absolute.short)\(relative)"
    }
}

extension UlpHistogram {
    /// The histogram in one line: which share lies within how many floats.
    fileprivate var summary: String {
        let total = counts.reduce(0, +)
        guard total > 0, let last = counts.lastIndex(where: { $0 > 0 }) else { return "nothing to compare" }
        var parts: [String] = []
        for edge in [0, 1, 4, 16, 256] where edge <= UlpHistogram.upperEdge(of: last) {
            let within = counts.indices.prefix { UlpHistogram.upperEdge(of: $0) <= edge }.reduce(0) { $0 + counts[$1] }
            if edge > 0, within == 0 { continue }
            parts.append("\(edge == 0 ? "same number" : "≤ \(edge)") \((Double(within) / Double(total)).percent)")
        }
        return parts.joined(separator: ", ") + ", all ≤ \(UlpHistogram.upperEdge(of: last).grouped)"
    }
}

extension String {
    /// The text with a capital in front.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }

    func paddedLeft(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }

    var trimmingRight: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
