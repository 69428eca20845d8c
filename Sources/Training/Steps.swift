import Networks

/// The most steps, batches and epochs that a file can say are done or to do: what a Double counts without gaps, and far
/// enough below Int's end that one more, or twice as many, is a number still.
let mostSteps = 1 << 53

extension Options {
    /// A count of steps or epochs that a callback remembers, 0 where it is none.
    func steps(_ name: String) -> Int { min(max(self[name]?.int ?? 0, 0), mostSteps) }
}
