import ArgumentParser
import KerasBridge

/// Writes a model in another of Keras' formats.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model in another of Keras' formats.",
        discussion: """
            The ending of OUT names the format: .keras, .weights.h5, .h5 or .hdf5. \
            Without --keras the file speaks to the Keras that wrote the input.
            """)

    @OptionGroup var model: ModelOptions

    @Option(name: [.short, .long], help: "The file to write.", completion: .file(extensions: modelEndings))
    var output: String

    @Flag(help: "Weights alone: the legacy layout for .h5.")
    var weightsOnly = false

    @Option(help: "Which Keras must be able to read the file: 3, or 2 for tf_keras.")
    var keras: KerasGeneration?

    @Flag(inversion: .prefixedNo, help: "Write the optimizer's state, where the format can carry it.")
    var optimizer = true

    @Flag(help: "Say what would be written, and write nothing.")
    var dryRun = false

    @OptionGroup var writing: WriteOptions
    @OptionGroup var result: ResultOptions

    func run() throws {
        let format = try outputFormat(of: output, weightsOnly: weightsOnly)
        if !dryRun { try writing.check(output) }
        let file = try model.load()
        let dialect = keras?.dialect ?? file.origin.dialect
    }
}

/// A generation of Keras.
enum KerasGeneration: String, CaseIterable, ExpressibleByArgument {
    case keras2 = "2", keras3 = "3"

    var dialect: Dialect { self == .keras2 ? .keras2 : .keras3 }
}
