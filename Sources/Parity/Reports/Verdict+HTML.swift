import Escaping
import Foundation

extension Verdict {
    /// The verdict as one HTML page that needs nothing else: no script, no request, pictures inside.
    public func html() -> String {
        let word = isEqual ? "Equal" : "Different"
        let theirName = theirs.name.html
        let sections = [
            header, tiles, outputSection, chartSection, layerSection, weightSection, classSection, environmentSection,
        ]
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <title>\(word): \(model.html) against \(theirName)</title>
            <style>
            \(ReportStyle.css)
            </style>
            </head>
            <body>
            <main>
            \(sections.filter { !$0.isEmpty }.joined(separator: "\n"))
            </main>
            </body>
            </html>

            """
    }

    // MARK: The verdict

    private var header: String {
        let list = (reasons + hints.map { "Hint: \($0)" }).map { "<li>\($0.html)</li>" }.joined(separator: "\n")
        let sentence =
            isEqual
            ? "predicts what \(theirs.name) predicts" : "does not predict what \(theirs.name) predicts"
        return """
            <header class="verdict \(isEqual ? "equal" : "different")">
            <p class="mark">\(isEqual ? "✓ Equal" : "✗ Different")</p>
            <h1><b>\(model.html)</b> in \(ours.name.html) \(sentence.html), on \(samples.grouped) samples of \(inputs.html).</h1>
            \(list.isEmpty ? "" : "<ul>\n\(list)\n</ul>")
            </header>
            """
    }

    private var tiles: String {
        var tiles: [(value: String, caption: String)] = []
        if let found = classification {
            tiles.append(("\(found.agreements.grouped) / \(found.samples.grouped)", "samples with the same class"))
        }
        let comparisons = outputs.map(\.comparison).filter { $0.shapeMismatch == nil }
        if let worst = comparisons.max(by: { $0.absoluteError.maximum < $1.absoluteError.maximum }) {
            tiles.append((worst.absoluteError.maximum.short, "largest |Δ|"))
            tiles.append(
                (
                    worst.requiredAbsolute?.short ?? "none",
                    "absolute tolerance needed beside rtol \(worst.tolerance.relative.short); "
                        + "\(worst.tolerance.absolute.short) is allowed"
                ))
        }
        if let found = classification, let our = found.ours, let their = found.theirs {
            let same = our.correct == their.correct
            tiles.append(
                (
                    same ? our.accuracy.percent : "\(our.accuracy.percent) / \(their.accuracy.percent)",
                    same ? "accuracy, on both sides" : "accuracy, ours / \(theirs.name)"
                ))
            tiles.append((our.loss.fixed, "loss, ours; \(theirs.name) \(their.loss.fixed)"))
        }
        if let layers {
            let (compared, equal) = layers.counts
            let others = layers.uncompared > 0 ? "; \(layers.uncompared) more not in \(theirs.name)" : ""
            tiles.append(("\(equal) / \(compared)", "layers equal, on \(layers.samples.grouped) samples\(others)"))
        }
        if let gradients {
            let equal = gradients.rows.count(where: \.comparison.isEqual)
            tiles.append(("\(equal) / \(gradients.rows.count)", "gradients equal"))
        }
        if let training {
            let equal = training.rows.count(where: \.comparison.isEqual)
            tiles.append(("\(equal) / \(training.rows.count)", "weights equal after \(training.steps) steps"))
        }
        let cells = tiles.map {
            "<div class=\"tile\"><b>\($0.value.html)</b><span>\($0.caption.html.withoutBreaks)</span></div>"
        }
        return "<div class=\"tiles\">\n\(cells.joined(separator: "\n"))\n</div>"
    }

    // MARK: Outputs

    private var outputSection: String {
        let rows = outputs.map { output -> String in
            let found = output.comparison
            if let mismatch = found.shapeMismatch {
                return
                    "<tr><td class=\"name\">\(output.name.html)</td><td class=\"text\" colspan=\"9\">\(mismatch.description.html)</td></tr>"
            }
            let (error, relative) = (found.absoluteError, found.relativeError)
            let cells = [
                error.maximum.short, found.violations.grouped, error.mean.short, error.median.short,
                error.quantile999.short, relative.maximum.short, relative.quantile999.short, found.count.grouped,
                found.exact.grouped,
            ]
            return "<tr><td class=\"name\">\(output.name.html)<small>\(found.tolerance.description.html)</small></td>"
                + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        let notes = outputs.compactMap { output -> String? in
            guard let worst = output.comparison.worst, worst.difference.isFinite else { return nil }
            let place = "\(output.name), element \(worst.index)"
            return
                "<p class=\"soft\">Largest share of its tolerance: \(place.html): \(theirs.name.html) \(worst.theirs.full), "
                + "ours \(worst.ours.full), |Δ| \(worst.difference.short) of \(worst.allowed.short) allowed.</p>"
        }
        return """
            <h2>Outputs</h2>
            <div class="scroll"><table>
            <tr><th class="text">output</th><th>max |Δ|</th><th>beyond<br>tolerance</th><th>mean |Δ|</th><th>median |Δ|</th>\
            <th>99.9 % |Δ|</th><th>max<br>relative</th><th>99.9 %<br>relative</th><th>elements</th><th>the same<br>number</th></tr>
            \(rows.joined(separator: "\n"))
            </table></div>
            \(notes.joined(separator: "\n"))
            <p class="soft">An element passes if |ours − theirs| ≤ atol + rtol · |theirs|, as in numpy.allclose; NaN passes never. \
            Maximum and mean are exact, median and 99.9 % at most 1.6 % too high.</p>
            """
    }

    private var chartSection: String {
        let charts = outputs.filter { $0.comparison.count > 0 }.map { output -> String in
            let found = output.comparison
            let counts = found.absoluteErrorCounts
            // Below a millionth of a millionth nobody wants to know more.
            let tiny = counts.rows.filter { $0.exponent < -12 }.reduce(0) { $0 + $1.count }
            let errors =
                [("0", counts.zeros, false)] + (tiny > 0 ? [("< 1e-12", tiny, false)] : [])
                + counts.rows.filter { $0.exponent >= -12 }.map { row in
                    ("1e\(row.exponent) …", row.count, pow(10, Double(row.exponent)) >= found.tolerance.absolute)
                }
            let ulps = found.ulps.rows.enumerated().filter { $0.offset <= 11 || $0.element.count > 0 }
                .map { ($0.element.label, $0.element.count, false) }
            let name = outputs.count > 1 ? " of \(output.name.html)" : ""
            return """
                <div class="charts">
                <div><h3>|Δ|\(name), by power of ten</h3>\(chart(errors, heading: "from"))</div>
                <div><h3>Distance\(name) in floats (ULP)</h3>\(chart(ulps, heading: "ULP"))</div>
                </div>
                """
        }
        guard !charts.isEmpty else { return "" }
        return """
            <h2>How far apart</h2>
            \(charts.joined(separator: "\n"))
            <p class="soft">Bars grow with the logarithm of the count, so that a single element stays visible. \
            Red: beyond the absolute tolerance.</p>
            """
    }

    private func chart(_ rows: [(label: String, count: Int, isBad: Bool)], heading: String) -> String {
        let most = log1p(Double(rows.map(\.count).max() ?? 1))
        let lines = rows.map { row in
            let width = row.count == 0 ? 0 : 100 * log1p(Double(row.count)) / most
            let bar = row.count == 0 ? "" : "<i\(row.isBad ? " class=\"bad\"" : "") style=\"width:\(width.css)%\"></i>"
            return
                "<tr><td>\(row.label)</td><td class=\"bar\"><span class=\"track\">\(bar)</span></td><td>\(row.count.grouped)</td></tr>"
        }
        return "<table><tr><th>\(heading)</th><th></th><th>elements</th></tr>\n\(lines.joined(separator: "\n"))</table>"
    }

    // MARK: Layers

    private var layerSection: String {
        guard let layers else { return "" }
        let bisected = layers.rows.contains { $0.alone != nil }
        let first = layers.firstDifference?.key
        let rows = layers.rows.map { row -> String in
            let found = row.comparison
            let call = row.key.call > 0 ? ", call \(row.key.call + 1)" : ""
            let isGood = (found?.isEqual ?? true) && (row.alone?.isEqual ?? true)
            let name = "\(row.key.layer.html)<small>\(row.className.html)\(call)</small>"
            var cells = "<td>\(row.position)</td><td class=\"name\">\(name)</td>"
            cells += "<td class=\"text word \(isGood ? "good" : "bad")\">\(row.word(theirs.name).html)</td>"
            cells += "<td class=\"bar\">\(found.map { bar($0) } ?? "")</td>"
            cells += "<td>\(found?.absoluteError.maximum.short ?? "—")</td>"
            cells += "<td>\(found.map { $0.requiredAbsolute?.short ?? "none" } ?? "—")</td>"
            if bisected { cells += "<td>\(row.alone?.absoluteError.maximum.short ?? "—")</td>" }
            cells += "<td class=\"text\">\(row.shape)</td>"
            return "<tr\(row.key == first ? " class=\"first\"" : "")>\(cells)</tr>"
        }
        let note =
            layers.firstDifference.map { "The sides part at \($0.sentence(theirs.name))." }
            ?? "No layer differs, on \(layers.samples.grouped) samples."
        let alone =
            bisected
            ? " “Alone” is the layer fed with \(theirs.name)'s activations of the layers before it: a fault shows there and nowhere else."
            : ""
        return """
            <h2>Layer by layer</h2>
            <p>\(note.html)</p>
            <div class="scroll"><table>
            <tr><th>#</th><th class="text">layer</th><th></th><th class="text">max |Δ|, 1e-12 … 1</th><th></th>\
            <th>atol that<br>would pass</th>\(bisected ? "<th>alone,<br>max |Δ|</th>" : "")<th class="text">shape of<br>a sample</th></tr>
            \(rows.joined(separator: "\n"))
            </table></div>
            <p class="soft">Bars are logarithmic; the tick is the absolute tolerance (\(layers.check.tolerance.absolute.short), \
            times the largest activation of the layer where that is above 1).\(alone.html)</p>
            """
    }

    /// The largest error on a logarithmic scale from 1e-12 to 1, with the tolerance as a tick.
    private func bar(_ found: Comparison) -> String {
        func place(_ value: Double) -> Double { min(100, max(0, (log10(value) + 12) / 12 * 100)) }
        let maximum = found.absoluteError.maximum
        let fill =
            maximum > 0
            ? "<i\(found.isEqual ? "" : " class=\"bad\"") style=\"width:\(place(maximum).css)%\"></i>" : ""
        return "<span class=\"track\">\(fill)<u style=\"left:\(place(found.tolerance.absolute).css)%\"></u></span>"
    }

    // MARK: Gradients and training

    private var weightSection: String {
        var text = ""
        if let gradients {
            text += """
                <h2>Gradients</h2>
                <p>Of \(gradients.losses.joined(separator: ", ").html) on \(gradients.samples.grouped) samples, \
                dropout off: loss ours \(gradients.ourLoss.fixed), \(theirs.name.html) \(gradients.theirLoss.fixed).</p>
                \(weightTable(gradients.rows))
                <p class="soft">Tolerances are relative to the largest element of the same gradient.</p>
                """
        }
        if let training {
            let losses = zip(training.ourLosses, training.theirLosses).enumerated().map { step, pair in
                "<tr><td>\(step + 1)</td><td>\(pair.0.fixed)</td><td>\(pair.1.fixed)</td><td>\(abs(pair.0 - pair.1).short)</td></tr>"
            }
            text += """
                <h2>Training</h2>
                <p>The same weights, \(training.steps) steps of \(training.optimizer.html) on the same batches of \
                \(training.batchSize.grouped), dropout off.\([training.partingSentence, training.driftSentence].compactMap(\.self).map { " \($0.capitalizedFirst.html)." }.joined())</p>
                \(weightTable(training.rows))
                <p class="soft">The weights after the last step, within \(training.toleranceSentence.html).\
                \(training.watchesEveryStep ? " They were compared after every step." : "")</p>
                <details><summary>The loss of each step</summary><div class="scroll"><table>
                <tr><th>step</th><th>ours</th><th>\(theirs.name.html)</th><th>|Δ|</th></tr>
                \(losses.joined(separator: "\n"))
                </table></div></details>
                """
        }
        return text
    }

    private func weightTable(_ rows: [NamedComparison]) -> String {
        let lines = rows.map { row in
            let found = row.comparison
            let word = found.isEqual ? "equal" : "differs"
            return "<tr><td class=\"name\">\(row.name.html)</td>"
                + "<td class=\"text word \(found.isEqual ? "good" : "bad")\">\(word)</td>"
                + "<td class=\"bar\">\(bar(found))</td><td>\(found.absoluteError.maximum.short)</td>"
                + "<td>\(Double(found.largestReference).short)</td><td>\(found.requiredAbsolute?.short ?? "none")</td></tr>"
        }
        return """
            <div class="scroll"><table>
            <tr><th class="text">weight</th><th></th><th class="text">max |Δ|, 1e-12 … 1</th><th></th><th>largest<br>element</th>\
            <th>atol that<br>would pass</th></tr>
            \(lines.joined(separator: "\n"))
            </table></div>
            """
    }

    // MARK: Classes

    private var classSection: String {
        guard let found = classification else { return "" }
        if found.flips.isEmpty {
            guard found.closest.contains(where: { $0.picture != nil }) else { return "" }
            let figures = found.closest.prefix(12).map { figure($0) }
            return """
                <h2>The closest calls</h2>
                <p>No sample changes its class. On these \(theirs.name.html) itself is the least sure: margin is its best \
                score minus its second best.</p>
                <div class="digits">\(figures.joined(separator: "\n"))</div>
                """
        }
        let ties = found.ties > 0 ? " \(found.ties.grouped) more are ties within the tolerance." : ""
        let kept = found.flips.count < found.flipCount + found.ties ? " The first \(found.flips.count) are shown." : ""
        return """
            <h2>Samples that change their class</h2>
            <p>\(found.flipCount.grouped) of \(found.samples.grouped).\(ties)\(kept) Margin: by how much \
            \(theirs.name.html) prefers its class to ours.</p>
            <div class="digits">\(found.flips.map { figure($0) }.joined(separator: "\n"))</div>
            """
    }

    private func figure(_ found: ClassificationComparison.Case) -> String {
        func choice(_ choice: ClassificationComparison.Choice) -> String {
            "<b>\(choice.label.map(String.init) ?? "NaN")</b> \(choice.score.isNaN ? "" : Double(choice.score).short)"
        }
        let label = found.label.map { ", label \($0)" } ?? ""
        let image = found.picture.map { picture in
            "<img alt=\"sample \(found.sample)\(label)\" width=\"84\" height=\"84\" "
                + "src=\"data:image/png;base64,\(Data(picture.png).base64EncodedString())\">"
        }
        return
            "<figure>\(image ?? "")<figcaption><strong>#\(found.sample)\(label)</strong>\(theirs.name.html): \(choice(found.theirs))<br>"
            + "ours: \(choice(found.ours))<br>\(found.margin.isNaN ? "no margin" : "margin \(found.margin.short)")"
            + "\(found.isTie ? ", a tie" : "")</figcaption></figure>"
    }

    // MARK: Environment

    private var environmentSection: String {
        func list(_ details: [SideDescription.Detail]) -> String {
            "<dl>" + details.map { "<dt>\($0.name.html)</dt><dd>\($0.value.html)</dd>" }.joined() + "</dl>"
        }
        let run = SideDescription.Detail("time taken", "\(seconds.short) s")
        let reproduce =
            command.isEmpty ? "" : "<h2>To see it again</h2>\n<pre><code>\(command.shellQuoted.html)</code></pre>"
        return """
            \(reproduce)
            <h2>Where and with what</h2>
            <div class="charts">
            <div><h3>\(ours.name.html)</h3>\(list(ours.details + environment.facts + [run]))</div>
            <div><h3>\(theirs.name.html)</h3>\(list(theirs.details))</div>
            </div>
            """
    }
}

extension String {
    /// The text with its numbers in one piece: no line ends inside of `1e-5`.
    var withoutBreaks: String { replacing(/(\d)e-(\d)/) { "\($0.1)e\u{2060}-\u{2060}\($0.2)" } }

    /// The text as it stands in HTML and XML, in attributes too. What turns the direction of text, and what XML cannot
    /// hold, is made visible.
    var html: String {
        var escaped = ""
        for character in visible(keepingLines: true).unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}

extension [String] {
    /// The arguments as a shell takes them.
    var shellQuoted: String {
        map { argument in
            let isPlain =
                !argument.isEmpty
                && argument.unicodeScalars.allSatisfy { scalar in
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                        || "-_./:=,@%+".unicodeScalars.contains(scalar)
                }
            return isPlain ? argument : "'" + argument.replacingOccurrences(of: "'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }
}

extension Double {
    /// The number as CSS takes it.
    fileprivate var css: String { String(format: "%.2f", locale: nil, self) }
}
