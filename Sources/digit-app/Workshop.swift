import Digits
import NIOCore
import NIOPosix
import Synchronization

/// Where arithmetic is done, on threads of its own, so that the server goes on listening.
///
/// Small work has as many threads as there are cores, the smallest first. Large work is done one after the other, and few
/// wait for it. So a drawing is read at once, whatever pictures others send.
final class Workshop: Sendable {
    private let limits: ServerLimits
    private let small: WorkLane
    private let large: WorkLane

    init(_ limits: ServerLimits) {
        self.limits = limits
        small = WorkLane(threads: System.coreCount, most: limits.smallWork)
        large = WorkLane(threads: 1, most: limits.largeWork)
    }

    /// Does work for a client who waits for it.
    ///
    /// - Throws: ``Problem/busy`` where too much waits already; ``Problem/tooLong(_:)`` as soon as the client's time is
    ///   over, whatever the work does; what the work throws.
    func run<Value: Sendable>(
        _ effort: Effort, for patience: Patience, _ work: @escaping @Sendable (ReadingBudget) throws -> Value
    ) async throws -> Value {
        let isSmall = effort <= limits.smallEffort
        let budget = ReadingBudget { try patience.check(isLarge: !isSmall) }
        let lane = isSmall ? small : large
        return try await withCheckedThrowingContinuation { continuation in
            let answer = Answer(continuation)
            let alarm = patience.atItsEnd { answer.give(.failure($0)) }
            lane.add(
                effort,
                work: {
                    answer.give(
                        Result {
                            try budget.goOn()
                            return try work(budget)
                        })
                    alarm.cancel()
                },
                orElse: {
                    answer.give(.failure($0))
                    alarm.cancel()
                })
        }
    }
}

/// What somebody waits for, given once.
private final class Answer<Value: Sendable>: Sendable {
    private let waiting: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) { waiting = Mutex(continuation) }

    func give(_ result: Result<Value, any Error>) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
    }
}

/// Threads with a queue that ends somewhere, and in which the smallest work comes first.
private final class WorkLane: Sendable {
    private let pool: NIOThreadPool
    /// How much may be in work and waiting together.
    private let most: Int
    private let queue = Mutex(Queue())

    private struct Queue {
        var inWork = 0
        var waiting: [Work] = []
    }

    private struct Work {
        var effort: Effort
        var run: @Sendable () -> Void
        var refuse: @Sendable (Problem) -> Void
    }

    init(threads: Int, most: Int) {
        pool = NIOThreadPool(numberOfThreads: threads)
        self.most = most
        pool.start()
    }

    deinit { try? pool.syncShutdownGracefully() }

    /// Does work when its turn has come; where there is no room, the largest that waits is refused instead of a smaller.
    func add(
        _ effort: Effort, work: @escaping @Sendable () -> Void, orElse refuse: @escaping @Sendable (Problem) -> Void
    ) {
        let refused = queue.withLock { queue -> Work? in
            queue.waiting.append(Work(effort: effort, run: work, refuse: refuse))
            guard queue.inWork + queue.waiting.count > most else { return nil }
            let largest = queue.waiting.indices.reversed().max {
                queue.waiting[$0].effort < queue.waiting[$1].effort
            }
            return largest.map { queue.waiting.remove(at: $0) }
        }
        refused?.refuse(.busy)
        pool.submit { _ in self.takeSmallest() }
    }

    private func takeSmallest() {
        let work = queue.withLock { queue -> Work? in
            let smallest = queue.waiting.indices.min { queue.waiting[$0].effort < queue.waiting[$1].effort }
            queue.inWork += smallest == nil ? 0 : 1
            return smallest.map { queue.waiting.remove(at: $0) }
        }
        guard let work else { return }  // it was refused
        work.run()
        queue.withLock { $0.inWork -= 1 }
    }
}
