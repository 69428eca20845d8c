import ArgumentParser
import KerasBridge

/// Measures a model on this machine.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure load time, latency, throughput, training step and memory.")

    @OptionGroup var model: ModelOptions

    @Option(parsing: .upToNextOption, help: "Batch sizes to measure.")
    var batchSize = [1, 32, 128, 1000]

    @Option(parsing: .upToNextOption, help: "Numbers of threads to measure; one and all cores by default.")
    var threads: [Int] = []

    @Option(help: "How many seconds to spend on each measurement.")
    var seconds = 1.0

    @Flag(inversion: .prefixedNo, help: "Measure a training step, too.")
    var training = true

    @OptionGroup var result: ResultOptions
}
