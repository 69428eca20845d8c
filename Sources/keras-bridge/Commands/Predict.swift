import ArgumentParser
import Datasets
import KerasBridge

/// Computes a model's outputs for arrays of inputs, or for images.
struct Predict: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Compute a model's outputs for NumPy arrays or images.",
        discussion: """
            NumPy arrays are [samples] + the shape of one sample, as numbers that the model takes them as: nothing is \
            scaled. Images, PNG or JPEG, are a sample each: made grey or coloured, resized without regard to their \
            proportions, and scaled by --scale, as train does with folders of images. To read digits in photos and \
            drawings, which want more preparation, there is recognize. Without --output the numbers are printed.
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        parsing: .upToNextOption,
        help: "Inputs in the model's order, or by name: x.npy, name=x.npy, one .npz; or images.",
        completion: .file(extensions: ["npy", "npz", "png", "jpg", "jpeg"]))
    var input: [String]

    @Option(help: "What becomes of images: unit scales their bytes from 0…255 to 0…1, none leaves them as they are.")
    var scale = PixelScale.unit

    @Option(
        parsing: .upToNextOption, help: "Where to write the outputs: one .npy for each, or one .npz for all.",
        completion: .file(extensions: ["npy", "npz"]))
    var output: [String] = []

    @Option(help: "How many samples to compute at once; the outputs do not depend on it.")
    var batchSize = 128

    @OptionGroup var writing: WriteOptions
    @OptionGroup var running: RunOptions
    @OptionGroup var result: ResultOptions

    func validate() throws {
        try checkCount(batchSize, "--batch-size", upTo: Most.batch)
        for path in output where !path.hasSuffix(".npy") && !path.hasSuffix(".npz") {
            throw ValidationError("--output expects names that end in .npy or .npz, found \(path)")
        }
    }

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] { [(model.model, model.architecture)] }

    func run() throws {
        try writing.check(output)
        let model = try model.load().model
        let names = model.outputs.map { model.layers[$0.layer].name }
        let isArchive = output.count == 1 && output[0].hasSuffix(".npz")
        guard output.isEmpty || isArchive || output.count == names.count else {
            throw CommandError(
                .usage,
                "the model gives \(names.count) output(s) (\(names.joined(separator: ", "))), "
                    + "found \(output.count) file(s) to write them to")
        }
        let areImages = input.contains(where: ImageFiles.isImage)
        let inputs =
            areImages
            ? [InputArray(try ImageFiles(input, for: model, scale: scale).tensor)]
            : try InputFiles(input, for: model).arrays
        let outputs = try Session(model, pool: running.pool).predict(
            shapes: inputs.map(\.shape), batchSize: batchSize
        ) { range in inputs.map { $0.samples(range) } }
        let images = areImages ? input : nil
        if isArchive {
            try NPZ.write(
                zip(Self.unique(names), outputs).map { (name: $0, array: NumberArray($1)) }, path: output[0])
        } else {
            for (path, tensor) in zip(output, outputs) { try NPY.write(tensor, path: path) }
        }
        if result.json {
            try Console.print(PredictResult(self.model.model, images, names, outputs, output))
        } else {
            try Console.print(text(images, names, outputs, isArchive: isArchive))
        }
    }

    private func text(
        _ images: [String]?, _ names: [String], _ outputs: [Tensor], isArchive: Bool
    ) -> String {
        var lines: [String] = []
        for (position, (name, tensor)) in zip(names, outputs).enumerated() {
            guard output.isEmpty else {
                lines.append("\(name) \(tensor.shape) → \(output[isArchive ? 0 : position])")
                continue
            }
            lines.append("\(name) \(tensor.shape)")
            let size = tensor.shape.sample.elementCount
            for sample in 0..<min(tensor.shape[0], 20) {
                let row = (0..<min(size, 16)).map { "\(tensor[sample * size + $0])" }
                lines.append(
                    "  \(images?[sample] ?? "\(sample)")  " + row.joined(separator: "  ") + (size > 16 ? "  …" : ""))
            }
            if tensor.shape[0] > 20 { lines.append("  … \(tensor.shape[0] - 20) more; --output writes them all") }
        }
        return lines.joined(separator: "\n")
    }

    /// Names of an archive's members, each once.
    private static func unique(_ names: [String]) -> [String] {
        var seen: [String: Int] = [:]
        return names.map { name in
            let count = seen[name, default: 0]
            seen[name] = count + 1
            return count == 0 ? name : "\(name)_\(count)"
        }
    }
}

/// What `predict --json` prints.
private struct PredictResult: JSONResult {
    static let command = "predict"

    var model: String
    /// The files of the samples, where they are images.
    var images: [String]?
    var outputs: [Output]

    struct Output: Encodable {
        var name: String
        var shape: [Int]
        /// Where the values were written.
        var file: String?
        /// All values in C order, where they were written to no file.
        var values: [Float]?
    }

    init(_ model: String, _ images: [String]?, _ names: [String], _ tensors: [Tensor], _ files: [String]) {
        self.model = model
        self.images = images
        outputs = zip(names, tensors).enumerated().map { position, output in
            Output(
                name: output.0, shape: Array(output.1.shape),
                file: files.isEmpty ? nil : files[min(position, files.count - 1)],
                values: files.isEmpty ? output.1.elements : nil)
        }
    }
}
