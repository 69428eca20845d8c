/// One line on a terminal that fills up; elsewhere nothing, so that logs stay short.
///
/// The bar is drawn at most ten times a second, and fits the window: first the bar gets shorter, then it goes, then
/// the line is cut.
struct ProgressBar {
    private let terminal: Terminal
    private let label: String
    private let total: Int
    private let first: Int
    private let unit: Unit
    private let start = ContinuousClock.now
    private var drawn: ContinuousClock.Instant?

    /// What the work is counted in.
    enum Unit: String {
        case step, sample, bytes
    }

    /// - Parameters:
    ///   - first: how much of the work was done before.
    ///   - unit: what it is counted in.
    init(
        _ label: String, of total: Int, from first: Int = 0, unit: Unit = .step, on terminal: Terminal = .stderr
    ) {
        self.label = label
        self.total = total
        self.first = first
        self.unit = unit
        self.terminal = terminal
    }

    /// How long the work has taken so far.
    var elapsed: Duration { ContinuousClock.now - start }

    /// Shows that `done` parts of the work are done.
    mutating func show(_ done: Int, _ details: String = "") {
        guard terminal.isInteractive else { return }
        let now = ContinuousClock.now
        if let drawn, now - drawn < .milliseconds(100) { return }
        drawn = now
        let line = Self.line(
            label, done, total, from: first, unit: unit, elapsed: now - start, details, width: terminal.width - 1)
        Console.redraw(line, on: terminal)
    }

    /// Takes the bar away, for the line that sums it up.
    mutating func clear() {
        guard drawn != nil else { return }
        Console.redraw("", on: terminal)
        drawn = nil
    }

    /// The line for a window of this width.
    static func line(
        _ label: String, _ done: Int, _ total: Int, from first: Int = 0, unit: Unit = .step, elapsed: Duration,
        _ details: String, width: Int
    ) -> String {
        let fraction = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let isBytes = unit == .bytes
        var facts = [isBytes ? "\(done.readableBytes) of \(total.readableBytes)" : "\(done)/\(total)"]
        if done > first {
            let each = elapsed.inSeconds / Double(done - first)
            facts.append("\(Duration.seconds(each * Double(max(0, total - done))).rough) left")
            facts.append(
                isBytes
                    ? each > 0 ? "\(Int(min(1e12, 1 / each)).readableBytes)/s" : ""
                    : "\(Duration.seconds(each).rough)/\(unit.rawValue)")
        }
        if !details.isEmpty { facts.append(details) }
        let text = facts.joined(separator: " · ")
        let room = width - label.count - text.count - 4
        if room >= 8 {
            let length = min(30, room)
            let full = Int(fraction * Double(length))
            let bar = String(repeating: "━", count: full) + String(repeating: "╌", count: length - full)
            return "\(label) \(bar) \(text)"
        }
        return String("\(label) \(text)".prefix(max(0, width)))
    }
}

extension Duration {
    /// The duration for people: `850 µs`, `12.3 ms`, `4.1 s`, `2:05 min`, `1:03:00 h`.
    var rough: String {
        let seconds = Double(components.seconds) + Double(components.attoseconds) * 1e-18
        switch seconds {
        case ..<0.000_999_5: return "\(Int((seconds * 1e6).rounded())) µs"
        case ..<0.099_95: return "\(decimals(seconds * 1e3, 1)) ms"
        case ..<0.999_5: return "\(Int((seconds * 1e3).rounded())) ms"
        case ..<59.95: return "\(decimals(seconds, 1)) s"
        default:
            let whole = Int(seconds.rounded())
            let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
            return hours > 0
                ? "\(hours):\(twoDigits(minutes)):\(twoDigits(rest)) h" : "\(minutes):\(twoDigits(rest)) min"
        }
    }
}

private func twoDigits(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
