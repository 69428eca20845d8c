import KerasBridge

extension Bench {
    /// `bench --layers`: every step's time over its floor.
    func measureLayers(_ file: KerasFile, for time: Duration) throws {
        let (size, count) = (batchSize[0], threads.first ?? WorkerPool.coreCount)
        let pool = WorkerPool(threads: count)
        Console.note("measuring each step with batches of \(size) on \(count) thread(s) …")
        let machine = pool.measureSpeed()
        let session = Session(file.model, pool: pool)
        let inputs = try self.inputs(for: file.model, samples: size)
        var profiles = try session.profile(inputs, for: time)
        if training { profiles += try session.profileTraining(inputs, for: time) }
        let outcome = LayersResult(
            model: model.model, instructionSet: InstructionSet.best.rawValue, threads: count, batchSize: size,
            operationsPerSecond: machine.operationsPerSecond, bytesPerSecond: machine.bytesPerSecond,
            steps: profiles.map { LayersResult.Step($0, machine) })
        try result.json ? Console.print(outcome) : Console.print(outcome.text)
    }
}

/// What `bench --layers --json` prints.
private struct LayersResult: JSONResult {
    static let command = "bench"

    var model: String
    var instructionSet: String
    var threads: Int
    var batchSize: Int
    /// The most that this machine does, measured.
    var operationsPerSecond: Double
    var bytesPerSecond: Double
    var steps: [Step]

    struct Step: Encodable {
        var use: String
        var layers: [String]
        /// How a convolution is computed: `winograd` or `direct`.
        var algorithm: String?
        var medianSeconds: Double
        /// The least that operations and bytes can take.
        var floorSeconds: Double
        var operations: Int
        var bytes: Int
        var deviation: Float?

        init(_ profile: StepProfile, _ machine: MachineSpeed) {
            use = profile.use.rawValue
            layers = profile.layers
            algorithm = profile.algorithm.map { "\($0)" }
            medianSeconds = profile.timing.median.inSeconds
            floorSeconds = profile.floor(on: machine)
            (operations, bytes, deviation) = (profile.operations, profile.bytes, profile.deviation)
        }
    }

    var text: String {
        var table = Table(
            ("", .left), ("Layers", .left), ("Method", .left), ("Median", .right), ("Floor", .right), ("×", .right),
            ("GFLOP/s", .right), ("Deviation", .right))
        func row(_ use: String, _ layers: String, _ method: String, _ part: [Step], _ deviation: Float?) {
            let (time, floor) = part.reduce((0.0, 0.0)) { ($0.0 + $1.medianSeconds, $0.1 + $1.floorSeconds) }
            table.add(
                use, layers, method, Duration.seconds(time).rough, Duration.seconds(floor).rough,
                floor > 0 ? (time / floor).short : "",
                (Double(part.reduce(0) { $0 + $1.operations }) / time / 1e9).short,
                deviation.map { Double($0).short } ?? "")
        }
        for use in StepProfile.Use.allCases.map(\.rawValue) {
            let part = steps.filter { $0.use == use }
            for step in part {
                row(use, step.layers.joined(separator: " + "), step.algorithm ?? "", [step], step.deviation)
            }
            if part.count > 1 { row(use, "all", "", part, part.compactMap(\.deviation).max()) }
        }
        let (peak, bandwidth) = (Int(operationsPerSecond / 1e9), Int(bytesPerSecond / 1e9))
        return """
            \(model): batches of \(batchSize), \(threads) thread(s), \(instructionSet); measured at most \(peak) GFLOP/s, \(bandwidth) GB/s

            \(table.text)
            """
    }
}
