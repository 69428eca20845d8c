import Synchronization

/// Which way a product goes through a matrix that it reads again and again: forwards and backwards in turn.
///
/// A matrix that is larger than the cache would else push out, each time, just what is needed first the next time. The
/// parts are summed apart and added in one order, so no bit depends on the way.
final class Sweep: Sendable {
    private let count = Atomic<Int>(0)

    /// Whether this time goes backwards.
    func turn() -> Bool { count.add(1, ordering: .relaxed).oldValue & 1 == 1 }

    /// The part for a task: within each half, which one thread takes of two, the order turns.
    static func part(_ task: Int, of parts: Int, backwards: Bool) -> Int {
        guard backwards else { return task }
        let half = parts / 2
        return task < half ? half - 1 - task : parts - 1 - (task - half)
    }
}
