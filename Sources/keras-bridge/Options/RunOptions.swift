import ArgumentParser
import KerasBridge

/// How a model is run.
struct RunOptions: ParsableArguments {
    @Option(help: "How many threads to use; all cores by default. Results are the same for any number.")
    var threads: Int?

    @Flag(
        help: """
            Compute every convolution as plain sums: slower, with the least rounding. By default 3×3 convolutions with \
            many channels go through Winograd's transform.
            """)
    var exact = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads expects a number from 1 to 1024, found \(threads)")
        }
    }

    var pool: WorkerPool {
        if threads == nil && !exact { return .shared }
        return WorkerPool(threads: threads ?? WorkerPool.coreCount, convolutions: exact ? .direct : .automatic)
    }
}
