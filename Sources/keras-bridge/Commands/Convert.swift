import ArgumentParser
import Datasets
import KerasBridge
import Parity

/// Writes a model in another of Keras' formats.
struct Convert: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Write a model in another of Keras' formats.",
        discussion: """
            The ending of OUT names the format: .keras, .weights.h5, .h5 or .hdf5. \
            Without --keras the file speaks to the Keras that wrote the input. \
            With --with-proof the file ends up with its own test: `verify OUT` replays it without Python. \
            A proof that IN carries goes along.
            """)

    @OptionGroup var model: ModelOptions

    @Option(name: [.short, .long], help: "The file to write.", completion: .file(extensions: modelEndings))
    var output: String

    @Flag(help: "Weights alone, in the legacy layout, where OUT ends in .h5.")
    var weightsOnly = false

    @Option(help: "Which Keras must be able to read the file: 3, or 2 for tf_keras.")
    var keras: KerasGeneration?

    @Flag(inversion: .prefixedNo, help: "Write the optimizer's state, where the format can carry it.")
    var optimizer = true

    @Flag(help: "Keep some samples and what Keras makes of them in the file; Keras passes over them.")
    var withProof = false

    @Option(
        parsing: .upToNextOption,
        help: "The proof's samples: x.npy, name=x.npy, or images; four random ones by default.",
        completion: .file(extensions: ["npy", "npz", "png"]))
    var proofInput: [String] = []

    @OptionGroup var scale: ScaleOptions

    @Flag(help: "Say what would be written, and write nothing.")
    var dryRun = false

    @OptionGroup var writing: WriteOptions
    @OptionGroup var result: ResultOptions

    func validate() throws {
        guard proofInput.isEmpty || withProof else {
            throw ValidationError("--proof-input names samples for --with-proof")
        }
    }

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] { [(model.model, model.architecture)] }

    func run() throws {
        let format = try outputFormat(of: output, weightsOnly: weightsOnly)
        if !dryRun { try writing.check([output]) }
        var file = try model.load()
        let dialect = keras?.dialect ?? file.origin.dialect
        for warning in file.warnings { Console.warn("\(warning)") }
        for note in file.notes { Console.warn(note) }
        if withProof { file.proof = try proof(of: file) }
        // A dry run makes the whole file in memory, so that it finds what the real one would.
        let notes: [String]
        if dryRun {
            notes = []
            _ = try file.bytes(format: format, dialect: dialect, includingOptimizer: optimizer)
        } else {
            notes = try file.write(
                to: output, format: format, dialect: dialect, includingOptimizer: optimizer,
                overwriting: writing.force)
        }
        for note in notes { Console.warn(note) }
        let verdict = withProof && !dryRun ? try replay(format) : nil
        let outcome = ConvertResult(
            input: model.model, output: output, format: format.rawValue, keras: dialect.generation,
            inputFormat: file.origin.format?.rawValue, inputKerasVersion: file.origin.kerasVersion, dryRun: dryRun,
            optimizer: optimizer ? file.training?.optimizer?.className : nil,
            layers: file.model.layers.map { layer in
                ConvertResult.Layer(
                    name: layer.name, className: type(of: layer.layer).kerasName,
                    weights: layer.specs.map { .init(name: $0.name, shape: Array($0.shape)) })
            }, ledger: file.ledger.entries.map(LedgerEntry.init), notes: file.notes + notes,
            proof: verdict.map { ConvertResult.ProofResult(equal: $0.isEqual, samples: $0.samples, by: $0.theirs.name) }
        )
        try result.json
            ? Console.print(outcome)
            : Console.print(
                outcome.text(listsLayers: dryRun, from: file.origin.format, to: format)
                    + (verdict.map { "\n" + Terminal.stdout.painted($0.text().trimmingNewlines, isEqual: $0.isEqual) }
                        ?? ""))
        if let verdict, !verdict.isEqual { throw Ending(.different) }
    }

    /// What Keras makes of the input file.
    private func proof(of file: KerasFile) throws -> Proof {
        if proofInput.isEmpty { try file.model.checkRandomInputs(4, file: model.model) }
        let inputs =
            proofInput.isEmpty
            ? Inputs.random(for: file.model, samples: 4, seed: 0)
            : try VerificationInputs.read(proofInput, for: file.model, scale: scale.scale)
        let engine = KerasProcess.Engine(for: file)
        Console.note("starting \(engine) …")
        let keras = try KerasSide(KerasProcess(engine), path: model.model, architecture: model.architecture)
        return try keras.proof(of: inputs, file.model)
    }

    /// Reads the written file back and holds it against its proof.
    private func replay(_ format: KerasFile.Format) throws -> Verdict? {
        let isWeights = format == .weightsH5 || format == .legacyWeightsH5
        let written = try KerasFile.read(
            output, architecture: isWeights ? model.architecture ?? model.model : nil)
        guard let proof = written.proof else { return nil }
        let reference = try StoredReference(proof, name: output)
        guard let inputs = reference.inputs else { return nil }
        return try Verification(
            model: output, ours: SessionSide(written), theirs: reference, inputs: inputs
        ).run()
    }
}

/// A generation of Keras.
enum KerasGeneration: String, CaseIterable, ExpressibleByArgument {
    case keras2 = "2"
    case keras3 = "3"

    var dialect: Dialect { self == .keras2 ? .keras2 : .keras3 }
}

extension Dialect {
    /// The number of the generation that speaks it.
    fileprivate var generation: Int { self == .keras2 ? 2 : 3 }
}

extension KerasFile.Format {
    /// The format as people call it.
    var words: String {
        switch self {
        case .legacyH5: ".h5 file"
        case .legacyWeightsH5: "weights in a legacy .h5 file"
        case .weightsH5: ".weights.h5 file"
        case .archive: ".keras archive"
        }
    }
}

/// What `convert --json` prints.
private struct ConvertResult: JSONResult {
    static let command = "convert"

    var input: String
    var output: String
    /// `archive` (`.keras`), `legacyH5`, `legacyWeightsH5` or `weightsH5`.
    var format: String
    /// 3, or 2 for tf_keras.
    var keras: Int
    var inputFormat: String?
    var inputKerasVersion: String?
    var dryRun: Bool
    /// The optimizer of the input, where it was asked for.
    var optimizer: String?
    var layers: [Layer]
    /// What became of each weight of model and file on the way in.
    var ledger: [LedgerEntry]
    var notes: [String]
    /// What replaying the proof gave, where one was asked for.
    var proof: ProofResult?

    struct ProofResult: Encodable {
        var equal: Bool
        var samples: Int
        /// Which Keras gave the outputs.
        var by: String
    }

    struct Layer: Encodable {
        var name: String
        var className: String
        var weights: [Weight]
    }

    struct Weight: Encodable {
        var name: String
        var shape: [Int]
    }

    func text(listsLayers: Bool, from: KerasFile.Format?, to: KerasFile.Format) -> String {
        let weights = layers.flatMap(\.weights)
        let numbers = weights.reduce(0) { $0 + $1.shape.reduce(1, *) }
        let version = inputKerasVersion.map { " of Keras \($0)" } ?? ""
        var lines = [
            "\(input) (\(from?.words ?? "model")\(version)) → \(output) (\(to.words) for Keras \(keras))",
            "\(layers.count) layers, \(weights.count) weights, \(numbers.grouped) numbers"
                + (optimizer.map { ", compiled with \($0)" } ?? ""),
        ]
        if listsLayers {
            var table = Table(("Layer", .left), ("Class", .left), ("Weights", .left))
            for layer in layers {
                table.add(
                    layer.name, layer.className, layer.weights.map { "\($0.name) \($0.shape)" }.joined(separator: ", "))
            }
            lines += ["", table.text, "", "Nothing was written (--dry-run)."]
        }
        return lines.joined(separator: "\n")
    }
}
