import ArgumentParser
import Datasets
import KerasBridge
import Parity

/// The samples that both sides of a verification get.
struct VerificationInputs: ParsableArguments {
    @Option(help: dataHelp)
    var data: String?

    @OptionGroup var scale: ScaleOptions

    @Option(
        parsing: .upToNextOption,
        help: "Inputs, in the model's order: x.npy, or name=x.npy; or images, one .png for each sample.",
        completion: .file(extensions: ["npy", "npz", "png"]))
    var input: [String] = []

    @Option(help: "How many samples: of random inputs (16 by default), or the first of the data (all by default).")
    var samples: Int?

    @Option(help: "Where random inputs come from.")
    var seed: UInt64 = 0

    func validate() throws {
        guard data == nil || input.isEmpty else {
            throw ValidationError("verify expects either --data or --input, not both")
        }
        if let samples { try checkCount(samples, "--samples", upTo: Most.batch) }
    }

    /// The samples that the options name, else those that came with a reference, else random ones.
    ///
    /// - Parameter path: the model's file, for errors.
    func load(for model: Model, in path: String, stored: Inputs?, pool: WorkerPool) throws -> Inputs {
        var inputs: Inputs
        if let data {
            let part = try scale.load(data, for: model).evaluation
            inputs = Inputs(description: data, count: part.count, labels: part.classes) { range in
                [part.inputs.batch(range, on: pool)]
            }
        } else if !input.isEmpty {
            inputs = try Self.read(input, for: model, scale: scale.scale)
        } else if let stored {
            inputs = stored
        } else {
            let count = samples ?? 16
            // More are made batch by batch.
            try model.checkRandomInputs(min(count, 256), file: path)
            return .random(for: model, samples: count, seed: seed)
        }
        if let samples { inputs = inputs.prefix(samples) }
        return inputs
    }

    /// The samples in these files.
    static func read(_ paths: [String], for model: Model, scale: PixelScale) throws -> Inputs {
        if paths.contains(where: ImageFiles.isImage) {
            let images = try ImageFiles(exactly: paths, for: model, scale: scale)
            return Inputs(description: images.description, [images.tensor])
        }
        let files = try InputFiles(paths, for: model)
        let counts = files.arrays.map { $0.shape[0] }
        guard let count = counts.first, counts.allSatisfy({ $0 == count }) else {
            throw CommandError(
                .badInput,
                "the inputs have \(counts.map(String.init).joined(separator: ", ")) samples, expected the same")
        }
        let arrays = files.arrays
        return Inputs(description: files.description, count: count) { range in arrays.map { $0.samples(range) } }
    }
}
