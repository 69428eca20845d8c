import ArgumentParser
import KerasBridge

/// How a model is run.
struct RunOptions: ParsableArguments {
    @Option(help: "How many threads to use; all cores by default. Results are the same for any number.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads expects a number from 1 to 1024, found \(threads)")
        }
    }

    var pool: WorkerPool { threads.map { WorkerPool(threads: $0) } ?? .shared }
}
