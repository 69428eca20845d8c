import Training

/// The curves of a run: loss, accuracy and every other log over the epochs, training and validation in one panel.
public struct HistoryChart: Sendable {
    public var title: String
    /// The numbers of the epochs, from 0, and their logs.
    public var epochs: [Int]
    public var logs: [Logs]

    public init(title: String, epochs: [Int], logs: [Logs]) {
        (self.title, self.epochs, self.logs) = (title, epochs, logs)
    }

    public init(title: String, _ history: History) {
        self.init(title: title, epochs: history.epochs, logs: history.logs)
    }

    private static let panel = (width: 420.0, height: 270.0)
    private static let inner = (left: 62.0, top: 62.0, right: 18.0, bottom: 40.0)

    /// The picture: a panel for each log, side by side, two in a row.
    public var drawing: Drawing {
        let names = panels
        let columns = min(2, max(1, names.count))
        let rows = max(1, (names.count + columns - 1) / columns)
        var drawing = Drawing(
            width: 24 + Double(columns) * Self.panel.width, height: 60 + Double(rows) * Self.panel.height, title: title)
        drawing.text(title, x: 24, y: 34, size: 17, isBold: true)
        for (number, name) in names.enumerated() {
            draw(
                name, &drawing, x: 12 + Double(number % columns) * Self.panel.width,
                y: 48 + Double(number / columns) * Self.panel.height)
        }
        if names.isEmpty { drawing.text("no epoch was finished", x: 24, y: 90, .faint) }
        return drawing
    }

    /// The logs that get a panel: what is validated shares one with what it validates; a rate that never changes has none.
    private var panels: [String] {
        var names: [String] = []
        for log in logs {
            for name in log.names {
                let base = name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
                if !names.contains(base) { names.append(base) }
            }
        }
        names.removeAll { name in
            name == "learning_rate" && Set(values(name).map(\.value)).count < 2
        }
        return names.filter { $0 != "learning_rate" } + names.filter { $0 == "learning_rate" }
    }

    private func values(_ name: String) -> [(epoch: Int, value: Double)] {
        zip(epochs, logs).compactMap { epoch, log in
            log[name].flatMap { $0.isFinite ? (epoch + 1, $0) : nil }
        }
    }

    private func draw(_ name: String, _ drawing: inout Drawing, x left: Double, y top: Double) {
        let curves = [(name, "training", Ink.blue), ("val_" + name, "validation", Ink.orange)]
            .map { (values: values($0.0), label: $0.1, ink: $0.2) }.filter { !$0.values.isEmpty }
        let all = curves.flatMap(\.values)
        guard let least = all.map(\.value).min(), let greatest = all.map(\.value).max(),
            let first = all.map(\.epoch).min(), let last = all.map(\.epoch).max()
        else { return }
        let plot = (
            x: left + Self.inner.left, y: top + Self.inner.top,
            width: Self.panel.width - Self.inner.left - Self.inner.right,
            height: Self.panel.height - Self.inner.top - Self.inner.bottom
        )
        let ticks = Ticks(least, greatest, count: 5)
        func place(_ epoch: Double, _ value: Double) -> Drawing.Point {
            let across = last > first ? (epoch - Double(first)) / Double(last - first) : 0.5
            let up = (value - ticks.first) / (ticks.last - ticks.first)
            return Drawing.Point(plot.x + across * plot.width, plot.y + (1 - up) * plot.height)
        }
        drawing.text(name.replacing("_", with: " "), x: plot.x, y: top + 26, size: 15, isBold: true)
        for tick in ticks.values {
            let y = place(Double(first), tick).y
            drawing.line([.init(plot.x, y), .init(plot.x + plot.width, y)], .grid)
            drawing.text(ticks.text(tick), x: plot.x - 8, y: y + 4.5, size: 12, anchor: .end, .faint)
        }
        for epoch in Ticks.whole(first, last, count: 8) {
            let point = place(Double(epoch), ticks.first)
            drawing.line([point, .init(point.x, point.y + 4)], .grid)
            drawing.text("\(epoch)", x: point.x, y: point.y + 18, size: 12, anchor: .middle, .faint)
        }
        drawing.text("epoch", x: plot.x + plot.width, y: plot.y + plot.height + 33, size: 12, anchor: .end, .faint)
        var legend = plot.x
        for curve in curves {
            let points = curve.values.map { place(Double($0.epoch), $0.value) }
            drawing.line(points, curve.ink, width: 2)
            if points.count <= 40 { for point in points { drawing.dot(point, radius: 2.5, curve.ink) } }
            let end = curve.values.last.map { ticks.precise($0.value) } ?? ""
            let isAlone = curves.count == 1 && curve.label == "training"
            let label = isAlone ? "last \(end)" : "\(curve.label) \(end)"
            drawing.dot(.init(legend + 5, top + 43.5), radius: 4, curve.ink)
            drawing.text(label, x: legend + 14, y: top + 48, size: 12.5, .text)
            legend += 168
        }
    }
}

/// Round numbers along an axis.
package struct Ticks {
    package let values: [Double]
    package let step: Double
    package var first: Double { values[0] }
    package var last: Double { values[values.count - 1] }

    /// About `count` round numbers from below the least to above the greatest.
    package init(_ least: Double, _ greatest: Double, count: Int) {
        let isFlat = greatest - least <= abs(greatest) * 1e-9
        let (low, high) =
            isFlat
            ? (least - max(abs(least) * 0.1, 1e-6), greatest + max(abs(greatest) * 0.1, 1e-6)) : (least, greatest)
        let rough = (high - low) / Double(count)
        var power = 1.0
        while power > rough { power /= 10 }
        while power * 10 <= rough { power *= 10 }
        let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
        let (from, to) = ((low / step).rounded(.down), (high / step).rounded(.up))
        self.step = step
        values = stride(from: from, through: max(to, from + 1), by: 1).map { $0 * step }
    }

    /// Whole numbers from the first to the last, at most about `count`.
    package static func whole(_ first: Int, _ last: Int, count: Int) -> [Int] {
        guard last > first else { return [first] }
        var step = 1
        for candidate in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000] {
            step = candidate
            if (last - first) / candidate <= count { break }
        }
        return (first...last).filter { $0 % step == 0 || $0 == first && step <= 2 }
    }

    /// A tick with as many decimals as the step has.
    package func text(_ value: Double) -> String {
        if step < 1e-4 { return "\(Float(value))" }
        var places = 0
        var scaled = step
        while places < 6, abs(scaled - scaled.rounded()) > 1e-6 {
            scaled *= 10
            places += 1
        }
        return Self.fixed(value, places)
    }

    /// A value between ticks: two decimals more.
    func precise(_ value: Double) -> String {
        if abs(value) < 1e-3, value != 0 { return "\(Float(value))" }
        return Self.fixed(value, 4)
    }

    private static func fixed(_ value: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        guard abs(value) * scale < 9e15 else { return "\(Float(value))" }
        let whole = Int((abs(value) * scale).rounded())
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = value < 0 && whole > 0 ? "−" : ""
        return places == 0 ? sign + padded : sign + padded.dropLast(places) + "." + padded.suffix(places)
    }
}
