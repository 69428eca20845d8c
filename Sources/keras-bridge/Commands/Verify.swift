import ArgumentParser
import Foundation
import HDF5
import KerasBridge
import Parity
import Saving
import Start

/// Says whether a model predicts here what it predicts in Keras.
struct Verify: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that a model's predictions match Keras'.",
        discussion: """
            Ends with 0 where everything is equal within the tolerance, with 2 where something differs.
            Equal means |ours - Keras'| ≤ atol + rtol · |Keras'| for every number; NaN equals nothing.
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        help: """
            keras runs the real one, Keras 3 or tf_keras, whichever the file was written for; or the path of a second \
            model file. Without it and without --reference, the file's own proof is replayed.
            """, completion: .file(extensions: modelEndings))
    var against: String?

    @Option(
        parsing: .upToNextOption,
        help:
            "Stored outputs to compare with: .npy, one for each output, .npz, .h5, or a bundle of keras_reference.py.",
        completion: .file(extensions: ["npy", "npz", "h5"]))
    var reference: [String] = []

    @OptionGroup var samples: VerificationInputs

    @Flag(help: "Compare every layer's activations, and name the first that differs.")
    var layers = false

    @Flag(help: "As --layers, and run each layer alone on Keras' activations of the layers before it.")
    var bisect = false

    @Flag(help: "Compare every weight's gradient for one batch.")
    var gradients = false

    @Option(help: "Train both sides so many steps from the same weights on the same batches, and compare the weights.")
    var trainSteps: Int?

    @Option(help: "Absolute tolerance of the weights after --train-steps; 1e-5 by default.")
    var trainAtol: Double?

    @Option(help: "Relative tolerance of the weights after --train-steps; 1e-4 by default.")
    var trainRtol: Double?

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
        guard against == nil || reference.isEmpty else {
            throw ValidationError("verify expects either --against or --reference, not both")
        }
        if let against, against != "keras", !modelEndings.contains(where: { against.lowercased().hasSuffix("." + $0) })
        {
            throw ValidationError(
                "--against expects keras, or a model file that ends in .keras, .h5 or .hdf5, found \(against)")
        }
        if let trainSteps {
            try checkCount(trainSteps, "--train-steps", upTo: Most.epochs)
        }
        for tolerance in [trainAtol, trainRtol].compactMap(\.self) where !(tolerance >= 0) {
            throw ValidationError("a tolerance is a number ≥ 0, found \(tolerance)")
        }
        if let report, !["html", "json", "xml"].contains(where: { report.hasSuffix("." + $0) }) {
            throw ValidationError("--report expects a name that ends in .html, .json or .xml, found \(report)")
        }
    }

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] {
        let other = against.flatMap { $0 == "keras" ? nil : $0 }
        return ([model.model] + [other].compactMap(\.self)).map { ($0, model.architecture) }
    }

    func run() throws {
        let tolerances = try Tolerances(absolute: atol, relative: rtol)
        try writing.check([report])
        let file = try model.load()
        let names = file.model.outputNames
        if let unknown = tolerances.named.keys.sorted().first(where: { !names.contains($0) }) {
            throw CommandError(
                .usage, "the model has no output \"\(unknown)\"; its outputs: \(names.joined(separator: ", "))")
        }
        let theirs = try opponent(of: file)
        let stored = theirs as? StoredReference
        let inputs = try inputs(for: file.model, stored)

        var verification = Verification(
            model: model.model, ours: SessionSide(file, pool: running.pool), theirs: theirs, inputs: inputs)
        verification.tolerances = tolerances
        verification.command = ["keras-bridge"] + CommandWords.arguments
        verification.facts = [
            .init("KerasBridge", RootCommand.version), .init("libhdf5", HDF5.libraryVersion),
        ]
        // So that a report that is kept beside a model tells whether it is still about it.
        if let bytes = FileManager.default.contents(atPath: model.model) {
            verification.facts.append(.init("fingerprint of the model's file", "\(Fingerprint(Array(bytes)))"))
        }
        if layers || bisect { verification.layers = LayerInspection(bisects: bisect) }
        if gradients {
            verification.gradients = try stored?.losses.nilIfEmpty ?? losses(of: file)
            // Stored gradients are of all samples of their reference.
            if stored != nil { verification.gradientSamples = inputs.count }
        }
        if let trainSteps { verification.training = try recipe(of: file, stored, steps: trainSteps) }
        let verdict = try run(verification)
        if let report { try verdict.writeReport(to: report, overwriting: writing.force) }
        if result.json {
            try Console.print(json: verdict.json(), of: "verify")
        } else {
            try Console.print(Terminal.stdout.painted(verdict.text().trimmingNewlines, isEqual: verdict.isEqual))
            if let report { Console.note("wrote \(report)") }
        }
        if !verdict.isEqual { throw Ending(.different) }
    }

    /// Runs it, with a bar on a terminal and a line every ten seconds in a log.
    private func run(_ verification: Verification) throws -> Verdict {
        var bars: [Verification.Progress.Phase: ProgressBar] = [:]
        var last = ContinuousClock.now
        return try verification.run { progress in
            let label = "Comparing \(progress.phase.rawValue)"
            var bar = bars[progress.phase] ?? ProgressBar(label, of: progress.total)
            bar.show(progress.done)
            if progress.done == progress.total { bar.clear() }
            bars[progress.phase] = bar
            if !Terminal.stderr.isInteractive, ContinuousClock.now - last > .seconds(10) {
                Console.note("\(label): \(progress.done.grouped) of \(progress.total.grouped)")
                last = .now
            }
        }
    }

    private func opponent(of file: KerasFile) throws -> any Side {
        guard let against else {
            guard reference.isEmpty else { return try StoredReference(paths: reference) }
            guard let proof = file.proof else {
                throw CommandError(
                    .usage,
                    "\(model.model) — it carries no proof (convert --with-proof writes one); "
                        + "name the other side by --against keras, --against FILE or --reference")
            }
            return try StoredReference(proof, name: model.model)
        }
        guard against == "keras" else {
            let other = try reading.load(against, architecture: model.architecture)
            let side = SessionSide(
                other, pool: running.pool,
                description: SideDescription(name: against, details: [.init("file", against)]))
            return side.named(after: file.model)
        }
        let engine = KerasProcess.Engine(for: file)
        Console.note("starting \(engine) …")
        return try KerasSide(KerasProcess(engine), path: model.model, architecture: model.architecture)
    }

    private func inputs(for model: Model, _ reference: StoredReference?) throws -> Inputs {
        if let reference, reference.inputs == nil, samples.data == nil, samples.input.isEmpty {
            throw CommandError(
                .usage, "the reference holds outputs alone; name their inputs with --input or --data")
        }
        return try samples.load(
            for: model, in: self.model.model, stored: reference?.inputs, pool: running.pool)
    }

    /// How both sides train: as the reference was trained, where there is one.
    private func recipe(of file: KerasFile, _ reference: StoredReference?, steps: Int) throws -> TrainingRecipe {
        var recipe: TrainingRecipe
        if let reference {
            guard let stored = reference.recipe else {
                throw ParityError.notAvailable("trained weights", side: reference.description.name)
            }
            guard stored.steps == steps else {
                throw CommandError(
                    .usage,
                    "the reference was trained \(stored.steps) steps: --train-steps \(stored.steps) replays them")
            }
            recipe = stored
        } else {
            recipe = TrainingRecipe(optimizer: choice(of: file), losses: try losses(of: file), steps: steps)
        }
        recipe.tolerance = Tolerance(
            absolute: trainAtol ?? recipe.tolerance.absolute, relative: trainRtol ?? recipe.tolerance.relative)
        return recipe
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
