import ArgumentParser
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
        help: "Stored outputs to compare with: .npy, one for each output, .npz, .h5, or a bundle of keras_reference.py.",
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

    @Option(help: "Write a report: .html, .json, or .xml (JUnit).", completion: .file(extensions: ["html", "json", "xml"]))
    var report: String?

    @OptionGroup var writing: WriteOptions
    @OptionGroup var running: RunOptions
    @OptionGroup var result: ResultOptions
}
