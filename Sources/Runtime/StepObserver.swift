/// Notes how long each step of a plan took.
final class StepObserver {
    enum Direction: Hashable { case forward, backward }

    private struct Key: Hashable {
        var direction: Direction
        var step: Int
    }

    private var runs: [Key: [Duration]] = [:]

    func note(_ duration: Duration, _ direction: Direction, _ step: Int) {
        runs[Key(direction: direction, step: step), default: []].append(duration)
    }

    /// The times of a step, where it was run at all.
    func timing(_ direction: Direction, _ step: Int) -> Timing? {
        runs[Key(direction: direction, step: step)].map { Timing(runs: $0) }
    }

    var isEmpty: Bool { runs.isEmpty }

    /// Forgets what was noted, after runs that only warm up.
    func forget() { runs = [:] }
}

extension StepObserver? {
    func start() -> ContinuousClock.Instant? { self == nil ? nil : .now }

    func end(_ start: ContinuousClock.Instant?, _ direction: StepObserver.Direction, _ step: Int) {
        guard let self, let start else { return }
        self.note(.now - start, direction, step)
    }
}
