import Networks

/// Watches one of the logs: which value is better, and the best so far.
public struct Monitor: Sendable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        case auto, min, max
    }

    /// The log to watch.
    public let name: String
    /// By how much a value must be better to count as better.
    public let minDelta: Double
    private let mode: Mode
    /// The best value so far.
    public internal(set) var best: Double?

    public init(_ name: String = "val_loss", mode: Mode = .auto, minDelta: Double = 0) {
        self.name = name
        self.mode = mode
        self.minDelta = abs(minDelta)
    }

    /// Whether a value is better than another, or the first.
    func isImprovement(_ value: Double, over other: Double?, _ objective: Objective) -> Bool {
        guard let other else { return true }
        return isBetterWhenGreater(objective) ? value - minDelta > other : value + minDelta < other
    }

    /// Whether more is better; where nobody says so, the metric knows.
    private func isBetterWhenGreater(_ objective: Objective) -> Bool {
        switch mode {
        case .min: return false
        case .max: return true
        case .auto:
            let name = name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
            for choice in objective.outputs.flatMap({ $0.metrics + $0.weightedMetrics })
            where name == choice.name || name.hasSuffix("_" + choice.name) {
                if case .metric(let metric) = choice { return metric.isBetterWhenGreater }
                return true
            }
            return false
        }
    }

    /// The watched value, or a warning that there is none.
    func value(in logs: Logs, _ callback: String, _ trainer: inout Trainer) -> Double? {
        if let value = logs[name] { return value }
        let warning = TrainingWarning.missingLog(callback: callback, name: name, present: logs.names)
        if !trainer.warnings.contains(warning) { trainer.warnings.append(warning) }
        return nil
    }
}
