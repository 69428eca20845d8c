import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8])
    func runsEveryTaskOnce(_ threads: Int) {
        let pool = WorkerPool(threads: threads)
        for count in [0, 1, 2, 7, 1000] {
            // Without a lock, so that ThreadSanitizer sees tasks that run twice, or after the run.
            var calls = [Int](repeating: 0, count: count)
            calls.withUnsafeMutableBufferPointer {
                nonisolated(unsafe) let calls = $0
                pool.run(count) { calls[$0] += 1 }
            }
            #expect(calls == [Int](repeating: 1, count: count))
        }
    }

    #if os(Linux)
        /// In a process of its own, whose stacks find no addresses. (A sanitizer needs terabytes of them.)
        @Test(.disabled(if: ProcessInfo.processInfo.environment["KERAS_BRIDGE_SANITIZER"] != nil))
        func threadsThatCannotBeStartedAreDoneWithout() async {
            await #expect(processExitsWith: .success) {
                var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
                setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
                let pool = WorkerPool(threads: 5000)
                let sum = Atomic<Int>(0)
                pool.run(100) { sum.add($0, ordering: .relaxed) }
                exit((1..<5000).contains(pool.threads) && sum.load(ordering: .relaxed) == 4950 ? 0 : 1)
            }
        }
    #endif

    @Test func runsATasksOwnTasksInline() {
        let pool = WorkerPool(threads: 2)
        let sum = Atomic<Int>(0)
        pool.run(4) { i in pool.run(5) { j in sum.add(i * j, ordering: .relaxed) } }
        #expect(sum.load(ordering: .relaxed) == 60)
    }

    @Test func neverHasMoreThreadsAtWorkThanItsOwnHoweverManyCall() async {
        let pool = WorkerPool(threads: 2)
        let (now, most, total) = (Shared(), Shared(), Shared())
        await withTaskGroup { group in
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<50 {
                        pool.run(8) { _ in
                            let running = now.value.add(1, ordering: .relaxed).newValue
                            most.value.max(running, ordering: .relaxed)
                            total.value.add(1, ordering: .relaxed)
                            now.value.subtract(1, ordering: .relaxed)
                        }
                    }
                }
            }
        }
        #expect(total.value.load(ordering: .relaxed) == 16 * 50 * 8)
        #expect(most.value.load(ordering: .relaxed) <= 2)
    }

    @Test func wakesItsThreadsAfterAPauseAndLetsThemGo() {
        for _ in 0..<50 {
            let pool = WorkerPool(threads: 3)
            let sum = Atomic<Int>(0)
            for _ in 0..<20 { pool.run(9) { sum.add($0, ordering: .relaxed) } }
            #expect(sum.load(ordering: .relaxed) == 20 * 36)
        }
    }

    @Test func coversARangeWithPartsOfEqualSize() {
        var ends = [Int](repeating: 0, count: 10)
        ends.withUnsafeMutableBufferPointer {
            nonisolated(unsafe) let ends = $0
            WorkerPool.shared.run(10, grain: 4) { ends[$0.lowerBound] += $0.upperBound }
        }
        #expect(ends == [4, 0, 0, 0, 8, 0, 0, 0, 10, 0])
    }

    private final class Shared: Sendable { let value = Atomic<Int>(0) }
}
