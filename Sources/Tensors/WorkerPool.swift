import CKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A fixed number of threads that share work cut into numbered tasks.
///
/// What a task computes must depend on its number alone, never on the thread that runs it: then results are the
/// same, bit for bit, for any number of threads.
///
/// The threads live as long as the pool. One run at a time uses them; other callers wait for their turn, so a
/// pool never has more threads at work than it was made with, whoever calls. A run from inside a task happens on
/// the thread of that task.
public final class WorkerPool: Sendable {
    /// How many threads work, the caller included: fewer than were asked for where the system starts no more.
    public let threads: Int

    /// The vector instructions of the kernels that run here.
    public let instructionSet: InstructionSet

    /// How convolutions run here that leave it open: ``ConvolutionAlgorithm/direct`` for the rounding of plain sums.
    public let convolutions: ConvolutionAlgorithm

    /// The matrix kernel of ``instructionSet``.
    let gemm: ck_gemm

    /// The Winograd transforms of ``instructionSet``.
    let winograd: ck_winograd

    /// The window kernels of ``instructionSet``.
    let windows: ck_windows

    /// The functions of ``instructionSet``.
    let functions: ck_functions

    /// The kernels of gradients through a max pooling of ``instructionSet``.
    let winners: ck_winners

    /// The optimizers' steps of ``instructionSet``.
    let updates: ck_updates

    private let crew: Crew

    /// A pool of `threads` threads; by default one for each core.
    ///
    /// - Precondition: `threads` is at least 1, and the machine has the instruction set.
    public init(
        threads: Int = WorkerPool.coreCount, instructionSet: InstructionSet = .best,
        convolutions: ConvolutionAlgorithm = .automatic
    ) {
        precondition(threads >= 1, "a worker pool needs at least one thread")
        precondition(
            InstructionSet.available.contains(instructionSet), "this machine has no \(instructionSet) instructions")
        self.instructionSet = instructionSet
        self.convolutions = convolutions
        gemm = ck_gemm_for(instructionSet.code)
        winograd = ck_winograd_for(instructionSet.code)
        windows = ck_windows_for(instructionSet.code)
        winners = ck_winners_for(instructionSet.code)
        functions = ck_functions_for(instructionSet.code)
        updates = ck_updates_for(instructionSet.code)
        crew = Crew(workers: threads - 1, spins: threads <= WorkerPool.coreCount ? Crew.patience : 0)
        self.threads = 1 + crew.workers
    }

    deinit { crew.dismiss() }

    /// One pool for a whole process that does not say how many threads it wants.
    public static let shared = WorkerPool()

    /// Runs `task(0)` … `task(count − 1)`, each once, and returns when all are done.
    public func run(_ count: Int, _ task: @Sendable (Int) -> Void) {
        guard threads > 1, count > 1, !Crew.isAtWork else {
            for i in 0..<max(count, 0) { task(i) }
            return
        }
        withoutActuallyEscaping(task) { crew.run(count, $0) }
    }
}

extension WorkerPool {
    /// How many cores this process may use.
    public static let coreCount: Int = {
        // Not the machine's cores alone: a container or `taskset` may leave fewer.
        let allowed = ck_allowed_cores()
        if allowed > 0 { return Int(allowed) }
        return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }()
}

/// The threads of a pool and what they work on.
///
/// `round` counts up twice for each run: odd while the run is open, even when it is closed. A worker first counts
/// itself in (`active`), then looks whether the run is still open, and takes tasks until there are none left. `count` and `task` change only while the run is closed and nobody is active, so a worker that wakes up
/// late finds a closed door, and the caller never waits for it. The caller takes tasks from the front and the workers from
/// the back, so that in run after run a task finds what it reads in the cache of the core that had it before.
private final class Crew: @unchecked Sendable {
    /// How often a worker looks for the next run before it sleeps: some tens of microseconds, the time between two
    /// layers of a small model, and far less than the time slice that another process would lose.
    static let patience = 2000

    private let spins: Int
    private let turn = Lock()

    private let round = Atomic<Int>(0)
    /// How many tasks were taken; then the numbers of those taken from the front and from the back.
    private let taken = Atomic<Int>(0)
    private let front = Atomic<Int>(0)
    private let back = Atomic<Int>(0)
    private let active = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let gate = Lock()

    private var count = 0
    private var task: (@Sendable (Int) -> Void)?  // nil in the last round: go home

    /// How many there are besides the caller: as many as the system lets start.
    private(set) var workers = 0

    init(workers: Int, spins: Int) {
        self.spins = spins
        guard Crew.atWork != nil else { return }
        let most = min(workers, Crew.mostByAddresses)
        while self.workers < most, start() { self.workers += 1 }
    }

    /// Where addresses are limited (`ulimit -v`), the stacks of threads take a quarter of them at most: the rest is for
    /// what they work on.
    private static var mostByAddresses: Int {
        #if canImport(Glibc)
            let (addresses, stacks) = (
                __rlimit_resource_t(RLIMIT_AS.rawValue), __rlimit_resource_t(RLIMIT_STACK.rawValue)
            )
        #else
            let (addresses, stacks) = (RLIMIT_AS, RLIMIT_STACK)
        #endif
        var (limit, stack) = (rlimit(), rlimit())
        guard getrlimit(addresses, &limit) == 0, limit.rlim_cur < UInt64(Int64.max) else { return .max }
        let isKnown = getrlimit(stacks, &stack) == 0 && stack.rlim_cur > 0 && stack.rlim_cur < UInt64(Int64.max)
        return Int(limit.rlim_cur / 4 / (isKnown ? max(stack.rlim_cur, 1 << 14) : 8 << 20))
    }

    /// Whether the calling thread runs a task of some pool.
    static var isAtWork: Bool { atWork.map { pthread_getspecific($0) != nil } ?? false }

    /// Where a thread notes that it is at work; `nil` where a process has no such place left, and works alone.
    private static let atWork: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key, nil) == 0 ? key : nil
    }()

    func run(_ count: Int, _ task: @escaping @Sendable (Int) -> Void) {
        turn.withLock {
            open(count, task)
            work(count, task, from: front) { $0 }
            round.add(1, ordering: .sequentiallyConsistent)
            while active.load(ordering: .sequentiallyConsistent) > 0 { ck_pause() }
            self.task = nil
        }
    }

    /// Sends the workers home.
    ///
    /// They own themselves until they have left, so the door stays open.
    func dismiss() { turn.withLock { open(0, nil) } }

    private func open(_ count: Int, _ task: (@Sendable (Int) -> Void)?) {
        self.count = count
        self.task = task
        taken.store(0, ordering: .relaxed)
        front.store(0, ordering: .relaxed)
        back.store(0, ordering: .relaxed)
        round.add(1, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 { gate.withLock { gate.wakeAll() } }
    }

    /// Takes tasks from one end until there are none left.
    private func work(
        _ count: Int, _ task: @Sendable (Int) -> Void, from end: borrowing Atomic<Int>, _ number: (Int) -> Int
    ) {
        if let place = Crew.atWork { pthread_setspecific(place, Unmanaged.passUnretained(self).toOpaque()) }
        while taken.add(1, ordering: .relaxed).oldValue < count {
            task(number(end.add(1, ordering: .relaxed).oldValue))
        }
        if let place = Crew.atWork { pthread_setspecific(place, nil) }
    }

    private func live() {
        var seen = 0
        while true {
            seen = awaitRound(after: seen)
            active.add(1, ordering: .sequentiallyConsistent)
            defer { active.subtract(1, ordering: .sequentiallyConsistent) }
            if round.load(ordering: .sequentiallyConsistent) == seen {
                guard let task else { return }
                work(count, task, from: back) { [count] in count - 1 - $0 }
            }
        }
    }

    /// The number of the next open round.
    private func awaitRound(after seen: Int) -> Int {
        func isNew(_ now: Int) -> Bool { now != seen && now & 1 == 1 }
        for _ in 0..<spins {
            let now = round.load(ordering: .acquiring)
            if isNew(now) { return now }
            ck_pause()
        }
        return gate.withLock {
            sleepers.add(1, ordering: .sequentiallyConsistent)
            defer { sleepers.subtract(1, ordering: .relaxed) }
            while true {
                let now = round.load(ordering: .sequentiallyConsistent)
                if isNew(now) { return now }
                gate.sleep()
            }
        }
    }

    /// Starts a worker; false where the system has no thread left.
    private func start() -> Bool {
        let me = Unmanaged.passRetained(self).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let status = pthread_create(
                &thread, nil,
                { me in
                    Unmanaged<Crew>.fromOpaque(me).takeRetainedValue().live()
                    return nil
                }, me)
            if let thread { pthread_detach(thread) }
        #else
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { me in
                    if let me { Unmanaged<Crew>.fromOpaque(me).takeRetainedValue().live() }
                    return nil
                }, me)
            if status == 0 { pthread_detach(thread) }
        #endif
        if status != 0 { Unmanaged<Crew>.fromOpaque(me).release() }
        return status == 0
    }
}

/// A mutex with a condition to sleep on, which `Synchronization.Mutex` lacks.
private final class Lock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(condition)
        mutex.deallocate()
        condition.deallocate()
    }

    func withLock<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// Gives the lock up, sleeps until woken, takes it again.
    func sleep() { pthread_cond_wait(condition, mutex) }

    func wakeAll() { pthread_cond_broadcast(condition) }
}
