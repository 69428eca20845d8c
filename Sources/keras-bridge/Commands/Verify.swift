import ArgumentParser
import HDF5
import KerasBridge
import Parity

/// Says whether a model predicts here what it predicts in Keras.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a model's predictions match Keras'.",
        discussion: """
            Ends with 0 where everything is equal within the tolerance, with 2 where something differs.
            Equal means |ours - Keras'| ≤ atol + rtol · |Keras'| for every number; NaN equals nothing.
            """)

    enum Opponent: String, CaseIterable, ExpressibleByArgument { case keras }

    @OptionGroup var model: ModelOptions

    @Option(help: "keras runs the real one, Keras 3 or tf_keras, whichever the file was written for.")
    var against: Opponent?

    @Option(
        parsing: .upToNextOption,
        help:
            "Stored outputs to compare with: .npy, one for each output, .npz, .h5, or a bundle of keras_reference.py.",
        completion: .file(extensions: ["npy", "npz", "h5"]))
    var reference: [String] = []

    @Option(help: dataHelp)
    var data: String?

    @OptionGroup var scale: ScaleOptions

    @Option(
        parsing: .upToNextOption, help: "Inputs, in the model's order: x.npy, or name=x.npy.",
        completion: .file(extensions: ["npy", "npz"]))
    var input: [String] = []

    @Option(help: "How many samples: of random inputs (16 by default), or the first of the data (all by default).")
    var samples: Int?

    @Option(help: "Where random inputs come from.")
    var seed: UInt64 = 0

    @Flag(help: "Compare every layer's activations, and name the first that differs.")
    var layers = false

    @Flag(help: "Compare every weight's gradient for one batch.")
    var gradients = false

    @Option(help: "Train both sides so many steps from the same weights on the same batches, and compare the weights.")
    var trainSteps: Int?

    @Option(parsing: .upToNextOption, help: "Absolute tolerance; 1e-5 by default, output:1e-4 for one output.")
    var atol: [String] = []

    @Option(parsing: .upToNextOption, help: "Relative tolerance; 1e-5 by default, output:1e-4 for one output.")
    var rtol: [String] = []

    @Option(
        help: "Write a report: .html, .json, or .xml (JUnit).", completion: .file(extensions: ["html", "json", "xml"]))
    var report: String?

    @OptionGroup var writing: WriteOptions
    @OptionGroup var running: RunOptions
    @OptionGroup var result: ResultOptions

    func validate() throws {
        guard (against == nil) != reference.isEmpty else {
            throw ValidationError("verify expects either --against keras or --reference with stored outputs")
        }
        guard data == nil || input.isEmpty else {
            throw ValidationError("verify expects either --data or --input, not both")
        }
        if let samples, samples < 1 { throw ValidationError("--samples expects at least 1, found \(samples)") }
        if let trainSteps, trainSteps < 1 {
            throw ValidationError("--train-steps expects at least 1, found \(trainSteps)")
        }
        if let report, !["html", "json", "xml"].contains(where: { report.hasSuffix("." + $0) }) {
            throw ValidationError("--report expects a name that ends in .html, .json or .xml, found \(report)")
        }
    }

    func run() throws {
        let tolerances = try Tolerances(absolute: atol, relative: rtol)
        try writing.check([report])
        let file = try model.load()
        let theirs = try opponent(of: file)
        let reference = theirs as? StoredReference
        let inputs = try inputs(for: file.model, stored: reference?.inputs)

        var verification = Verification(
            model: model.model, ours: SessionSide(file, pool: running.pool), theirs: theirs, inputs: inputs)
        verification.tolerances = tolerances
        verification.command = ["keras-bridge"] + CommandLine.arguments.dropFirst()
        verification.facts = [
            .init("KerasBridge", RootCommand.version), .init("libhdf5", HDF5.libraryVersion),
        ]
        if layers { verification.layers = LayerInspection(bisects: true) }
        if gradients {
            verification.gradients = try reference?.losses.nilIfEmpty ?? losses(of: file)
            // Stored gradients are of all samples of their reference.
            if reference != nil { verification.gradientSamples = inputs.count }
        }
        if let trainSteps {
            verification.training = TrainingRecipe(
                optimizer: choice(of: file), losses: try losses(of: file), steps: trainSteps)
        }
        var bars: [Verification.Progress.Phase: ProgressBar] = [:]
        let verdict = try verification.run { progress in
            var bar = bars[progress.phase] ?? ProgressBar("Comparing \(progress.phase.rawValue)", of: progress.total)
            bar.show(progress.done)
            if progress.done == progress.total { bar.clear() }
            bars[progress.phase] = bar
        }
        if let report { try verdict.writeReport(to: report, overwriting: writing.force) }
        if result.json {
            try Console.print(json: verdict.json(), of: "verify")
        } else {
            try Console.print(verdict.text(colour: Terminal.stdout.usesColor).trimmingNewlines)
            if let report { Console.note("wrote \(report)") }
        }
        if !verdict.isEqual { throw Ending(.different) }
    }

    private func opponent(of file: KerasFile) throws -> any Side {
        guard against != nil else { return try StoredReference(paths: reference) }
        let engine: KerasProcess.Engine = file.origin.dialect == .keras2 ? .tfKeras : .keras3
        Console.note("starting \(engine) …")
        return try KerasSide(KerasProcess(engine), path: model.model, architecture: model.architecture)
    }

    private func inputs(for model: Model, stored: Inputs?) throws -> Inputs {
        var inputs: Inputs
        if let data {
            let part = try scale.load(data).evaluation
            let pool = running.pool
            inputs = Inputs(description: data, count: part.count, labels: part.classes) { range in
                [part.inputs.batch(range, on: pool)]
            }
        } else if !input.isEmpty {
            let files = try InputFiles(input, for: model)
            inputs = Inputs(description: files.description, files.tensors)
        } else if let stored {
            inputs = stored
        } else {
            guard against != nil else {
                throw CommandError(
                    .usage, "the reference holds outputs alone; name their inputs with --input or --data")
            }
            return .random(for: model, samples: samples ?? 16, seed: seed)
        }
        if let samples { inputs = inputs.prefix(samples) }
        return inputs
    }

    /// The file's own optimizer, with its state where Keras reads that back too.
    private func choice(of file: KerasFile) -> TrainingRecipe.OptimizerChoice {
        guard let optimizer = file.training?.optimizer else {
            return .fresh(className: "Adadelta", options: ["learning_rate": 1.0])
        }
        if file.origin.format == .archive { return .stored }
        return .fresh(className: optimizer.className, options: optimizer.options)
    }

    /// The losses that gradients and training are taken of: the file's, else those that the model's end asks for.
    private func losses(of file: KerasFile) throws -> [String] {
        guard let trainer = try file.trainer() else {
            throw CommandError(
                .badInput,
                "\(model.model) — it names no loss and ends in neither softmax nor sigmoid, so gradients have no beginning"
            )
        }
        return trainer.objective.outputs.map { type(of: $0.loss).functionName }
    }
}

extension Array {
    fileprivate var nilIfEmpty: [Element]? { isEmpty ? nil : self }
}
