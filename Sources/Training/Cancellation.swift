import Synchronization

/// A way to stop a run from outside, from another thread or on a signal: it ends after the batch at hand.
public final class Cancellation: Sendable {
    private let flag = Atomic(false)

    public init() {}

    /// Asks the run to stop.
    ///
    /// Safe to call from anywhere, any number of times.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
