import ArgumentParser
import KerasBridge
import Parity

/// Compares the structure and the weights of two files, tensor by tensor.
struct Diff: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compare two models: structure, and weights tensor by tensor.",
        discussion: "Ends with 0 where both are equal, with 2 where they differ.")

    @Argument(help: "A model file.", completion: .file(extensions: modelEndings))
    var a: String

    @Argument(help: "Another model file.", completion: .file(extensions: modelEndings))
    var b: String

    @Option(
        help: "For files that hold weights only: an architecture JSON, or any model file.",
        completion: .file(extensions: modelEndings + ["json"]))
    var architecture: String?

    @Flag(inversion: .prefixedNo, help: "Compare the weights, not the structure alone.")
    var weights = true

    @Option(help: "How far two numbers may lie apart and still be equal.")
    var atol = 0.0

    @OptionGroup(title: "Reading files of strangers") var reading: ReadingOptions
    @OptionGroup var result: ResultOptions

    var modelFiles: [(path: String, architecture: String?)] { [(a, architecture), (b, architecture)] }
    var onlyReads: Bool { true }

    func validate() throws {
        guard atol >= 0 else { throw ValidationError("--atol expects a number that is not negative, found \(atol)") }
    }

    func run() throws {
        let difference = ModelDifference(
            a: try reading.load(a, architecture: architecture).model,
            b: try reading.load(b, architecture: architecture).model,
            names: (a, b), tolerance: Tolerance(absolute: atol, relative: 0), comparesWeights: weights)
        if result.json {
            try Console.print(json: difference.json(), of: "diff")
        } else {
            try Console.print(
                Terminal.stdout.painted(difference.text().trimmingNewlines, isEqual: difference.isEqual))
        }
        if !difference.isEqual { throw Ending(.different) }
    }
}
