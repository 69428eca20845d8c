import Dispatch

/// A fixed number of threads that share work cut into numbered tasks.
///
/// What a task computes must depend on its number alone, never on the thread that runs it: then results are the
/// same, bit for bit, for any number of threads.
public final class WorkerPool: Sendable {
    /// How many threads work, the caller included.
    public let threads: Int

    /// A pool of `threads` threads; by default one for each core.
    public init(threads: Int = WorkerPool.coreCount) {
        precondition(threads >= 1, "a worker pool needs at least one thread")
        self.threads = threads
    }

    /// One pool for a whole process that does not say how many threads it wants.
    public static let shared = WorkerPool()

    /// Runs `task(0)` … `task(count − 1)`, each once, and returns when all are done.
    public func run(_ count: Int, _ task: @Sendable (Int) -> Void) {
        guard threads > 1, count > 1 else { return (0..<count).forEach(task) }
        let share = (count + threads - 1) / threads
        DispatchQueue.concurrentPerform(iterations: min(threads, count)) { worker in
            for i in (worker * share)..<max(worker * share, min((worker + 1) * share, count)) { task(i) }
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension WorkerPool {
    /// How many cores this process may use.
    public static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
