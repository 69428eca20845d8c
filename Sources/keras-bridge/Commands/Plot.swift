import ArgumentParser
import Datasets
import KerasBridge
import Pictures

/// Draws a model.
struct Plot: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw a model, its filters, or what its layers make of a sample.",
        discussion: """
            model: its layers as boxes and arrows. filters: the kernels of its convolutions, blue below zero, red above. \
            activations: what each layer makes of one sample of --data, or of an image (--input). An SVG follows its \
            reader's light or dark page; a PNG is light unless --dark.
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable { case model, filters, activations }

    @OptionGroup var model: ModelOptions

    @Argument(help: "model, filters or activations.")
    var subject: Subject

    @Option(
        name: [.short, .long], help: "The picture to write: .svg or .png.",
        completion: .file(extensions: ["svg", "png"]))
    var output: String

    @Option(help: dataHelp)
    var data: String?

    @Option(help: "Which sample of the data, from 0; of its test part, where it has one.")
    var sample = 0

    @Option(help: "Instead, an image of the size that the model takes, .png.", completion: .file(extensions: ["png"]))
    var input: String?

    @OptionGroup var scale: ScaleOptions

    @Flag(help: "Draw a PNG on a dark page.")
    var dark = false

    @OptionGroup var writing: WriteOptions
    @OptionGroup var running: RunOptions

    func validate() throws {
        try PictureOutput.check(output, "--output")
        guard sample >= 0 else { throw ValidationError("--sample expects a number of at least 0, found \(sample)") }
        if subject == .activations, (data == nil) == (input == nil) {
            throw ValidationError("activations expects either --data or --input: whose activations?")
        }
        if subject != .activations, data != nil || input != nil {
            throw ValidationError("\(subject.rawValue) shows the model alone; --data and --input are for activations")
        }
    }

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] { [(model.model, model.architecture)] }

    func run() throws {
        try writing.check([output])
        let file = try model.load(checksNumbers: false)
        let drawing = try drawing(of: file.model)
        try writing.write(PictureOutput.bytes(drawing, for: output, isDark: dark), to: output)
        Console.note("wrote \(output)")
    }

    private func drawing(of model: Model) throws -> Drawing {
        switch subject {
        case .model: return try ModelDiagram(model).drawing
        case .filters:
            guard let sheet = FilterSheet(model) else {
                throw CommandError(.badInput, "\(self.model.model) — the model has no convolution over two axes")
            }
            return sheet.drawing
        case .activations:
            let (inputs, name) = try inputs(for: model)
            return try ActivationSheet(
                Session(model, pool: running.pool), inputs, title: "\(model.name): activations for \(name)"
            ).drawing
        }
    }

    private func inputs(for model: Model) throws -> ([Tensor], String) {
        if let input {
            let images = try ImageFiles([input], for: model, scale: scale.scale)
            return ([images.tensor], input)
        }
        let samples = try scale.load(data ?? "", for: model).evaluation
        guard sample < samples.count else {
            throw CommandError(.usage, "--sample expects a number below \(samples.count), found \(sample)")
        }
        let label = samples.classes.map { ", class \($0[sample])" } ?? ""
        return ([samples.inputs[sample..<(sample + 1)].tensor()], "sample \(sample) of \(data ?? "")\(label)")
    }
}
