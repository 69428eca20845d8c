import ArgumentParser
import KerasBridge

/// The endings of files that hold models or weights.
let modelEndings = ["keras", "h5", "hdf5"]

/// Which model a command works on.
struct ModelOptions: ParsableArguments {
    @Argument(
        help: "A Keras file: .keras, .h5, .hdf5; or .weights.h5 with --architecture.",
        completion: .file(extensions: modelEndings))
    var model: String

    @Option(
        help: "For files that hold weights only: an architecture JSON, or any model file.",
        completion: .file(extensions: modelEndings + ["json"]))
    var architecture: String?

    @OptionGroup var weights: WeightOptions
    @OptionGroup(title: "Reading files of strangers") var reading: ReadingOptions

    /// Reads the model with its weights.
    ///
    /// - Parameter checksNumbers: whether to look for NaN and infinity, for which every weight has to be read.
    func load(checksNumbers: Bool = true) throws -> KerasFile {
        let file = try weights.read(model, architecture: architecture, isMapped: true)
        return checksNumbers ? try reading.check(file, model) : file
    }
}
