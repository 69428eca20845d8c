import ArgumentParser
import KerasBridge
import Parity

/// Measures a model on this machine.
struct Bench: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure load time, latency, throughput, training step and memory.",
        discussion: "Inputs are random. Every figure is the median of repeated runs after a first one to warm up.")

    @OptionGroup var model: ModelOptions

    @Option(parsing: .upToNextOption, help: "Batch sizes to measure.")
    var batchSize = [1, 32, 128, 1000]

    @Option(parsing: .upToNextOption, help: "Numbers of threads to measure; one and all cores by default.")
    var threads: [Int] = []

    @Option(help: "How many seconds to spend on each measurement.")
    var seconds = 1.0

    @Flag(inversion: .prefixedNo, help: "Measure training steps, too.")
    var training = true

    @Flag(
        help: """
            Time each step of the plan instead, beside the least that its operations and bytes can take on this machine, \
            and its deviation from plain sums; for the first batch size.
            """)
    var layers = false

    @OptionGroup var result: ResultOptions

    func validate() throws {
        for size in batchSize { try checkCount(size, "--batch-size", upTo: Most.batch) }
        for count in threads where !(1...1024).contains(count) {
            throw ValidationError("--threads expects numbers from 1 to 1024, found \(count)")
        }
        guard seconds > 0, seconds <= 3600 else {
            throw ValidationError("--seconds expects a number above 0, found \(seconds)")
        }
    }

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] { [(model.model, model.architecture)] }

    func run() throws {
        let time = Duration.seconds(seconds)
        let file = try model.load()
        if layers { return try measureLayers(file, for: time) }
        let load = try Timing.measure(for: time) { _ = try model.load(checksNumbers: false) }
        let threads = threads.isEmpty ? Array(Set([1, WorkerPool.coreCount])).sorted() : threads
        var runs: [BenchResult.Run] = []
        for count in threads {
            let pool = WorkerPool(threads: count)
            for size in batchSize {
                Console.note("measuring batches of \(size) on \(count) thread(s) …")
                let inputs = try self.inputs(for: file.model, samples: size)
                let session = Session(file.model, pool: pool)
                let timing = try Timing.measure(for: time) { _ = try session.predict(inputs, batchSize: size) }
                runs.append(BenchResult.Run("predict", size, count, timing))
                guard training, var trainer = try file.trainer(pool: pool) else { continue }
                let targets = try trainer.objective.randomTargets(for: file.model, samples: size)
                let step = try Timing.measure(for: time) { _ = try trainer.trainOnBatch(inputs, targets) }
                runs.append(BenchResult.Run("train", size, count, step))
            }
        }
        let outcome = BenchResult(
            model: model.model, instructionSet: InstructionSet.best.rawValue, cores: WorkerPool.coreCount,
            loadSeconds: load.median.inSeconds, runs: runs, peakMemoryBytes: ProcessMemory.peak)
        try result.json ? Console.print(outcome) : Console.print(outcome.text)
    }

    /// Random inputs of so many samples, if they are no more than data may be.
    func inputs(for model: Model, samples: Int) throws -> [Tensor] {
        try model.checkRandomInputs(samples, file: self.model.model)
        return Inputs.random(for: model, samples: samples, seed: 0).batch(0..<samples).inputs
    }
}

/// What `bench --json` prints.
private struct BenchResult: JSONResult {
    static let command = "bench"

    var model: String
    var instructionSet: String
    var cores: Int
    /// The median time to read the file.
    var loadSeconds: Double
    var runs: [Run]
    /// The most that this process held at once, in bytes.
    var peakMemoryBytes: Int

    struct Run: Encodable {
        /// `predict`, or `train` for one step: forward, backward, update.
        var kind: String
        var batchSize: Int
        var threads: Int
        var medianSeconds: Double
        var fastestSeconds: Double
        var p90Seconds: Double
        var samplesPerSecond: Double
        /// How many times it was measured.
        var repeats: Int

        init(_ kind: String, _ batchSize: Int, _ threads: Int, _ timing: Timing) {
            self.kind = kind
            self.batchSize = batchSize
            self.threads = threads
            medianSeconds = timing.median.inSeconds
            fastestSeconds = timing.quantile(0).inSeconds
            p90Seconds = timing.quantile(0.9).inSeconds
            samplesPerSecond = timing.perSecond(batchSize)
            repeats = timing.runs.count
        }
    }

    var text: String {
        var table = Table(
            ("", .left), ("Batch", .right), ("Threads", .right), ("Median", .right), ("Fastest", .right),
            ("90 %", .right), ("Samples/s", .right))
        for run in runs {
            table.add(
                run.kind, run.batchSize.grouped, run.threads.grouped, Duration.seconds(run.medianSeconds).rough,
                Duration.seconds(run.fastestSeconds).rough, Duration.seconds(run.p90Seconds).rough,
                Int(run.samplesPerSecond.rounded()).grouped)
        }
        return """
            \(model): loads in \(Duration.seconds(loadSeconds).rough); \(instructionSet), \(cores) cores

            \(table.text)

            Peak memory: \(peakMemoryBytes.readableBytes)
            """
    }
}
