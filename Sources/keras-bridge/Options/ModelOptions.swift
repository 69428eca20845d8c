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

    /// Reads the model with its weights.
    func load() throws(KerasError) -> KerasFile {
        try weights.read(model, architecture: architecture, isMapped: true)
    }
}
