import ArgumentParser
import Datasets
import Images
import KerasBridge
import Parity
import Pictures

/// Measures a model on a data set.
struct Evaluate: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure a model on a data set: loss, accuracy, a table of its classes.",
        discussion: "Takes the data set's test part, or all of it where it has no parts.")

    @OptionGroup var model: ModelOptions

    @Option(help: dataHelp)
    var data: String

    @OptionGroup var scale: ScaleOptions

    @Option(help: "How many samples to compute at once.")
    var batchSize = 128

    @Option(help: "Draw which class was taken for which: .svg or .png.", completion: .file(extensions: ["svg", "png"]))
    var confusion: String?

    @Option(
        help: "Draw the first 200 misread samples, right class > predicted class: .svg or .png.",
        completion: .file(extensions: ["svg", "png"]))
    var errors: String?

    @Option(
        help: ArgumentHelp(
            "Measure on changed images, the same for the same seed: warp, or what train --augment takes.",
            valueName: "warp"),
        transform: augmentation)
    var augment: Augmentation?

    @Option(help: "Where --augment draws from.")
    var seed: UInt64 = 0

    @OptionGroup var writing: WriteOptions
    @OptionGroup var running: RunOptions
    @OptionGroup var result: ResultOptions

    func validate() throws {
        try checkCount(batchSize, "--batch-size", upTo: Most.batch)
        try PictureOutput.check(confusion, "--confusion")
        try PictureOutput.check(errors, "--errors")
    }

    var reading: ReadingOptions { model.reading }
    var modelFiles: [(path: String, architecture: String?)] { [(model.model, model.architecture)] }

    func run() throws {
        try writing.check([confusion, errors])
        let file = try model.load()
        guard let trainer = try file.trainer(pool: running.pool) else {
            throw CommandError(
                .badInput,
                "\(model.model) — it names no loss and ends in neither softmax nor sigmoid, so what to measure is not known"
            )
        }
        var samples = try scale.load(data, for: file.model).evaluation
        if let augment { samples = try samples.augmented(by: augment, seed: seed, on: running.pool) }
        let dataset = try samples.dataset(for: trainer.objective.outputs[0].loss, of: file.model)
        var bar = ProgressBar("Evaluating", of: samples.count, unit: .sample)
        let clock = ContinuousClock.now
        let evaluation = try trainer.report(on: dataset, classes: samples.classes, batchSize: batchSize) {
            bar.show($0, $1.text)
        }
        let elapsed = ContinuousClock.now - clock
        bar.clear()
        try draw(evaluation, samples)
        if result.json {
            var printed = EvaluateResult(model.model, data, samples.count, evaluation, elapsed)
            (printed.augment, printed.seed) = (augment?.description, augment.map { _ in seed })
            try Console.print(printed)
        } else {
            try Console.print(text(samples.count, evaluation))
        }
        Console.note("\(samples.count.grouped) samples in \(elapsed.rough)")
    }

    private func draw(_ evaluation: Evaluation, _ samples: LabeledSamples) throws {
        guard confusion != nil || errors != nil else { return }
        guard let matrix = evaluation.confusion else {
            throw CommandError(
                .badInput, "\(data) — samples or model have no classes, so there is nothing to draw")
        }
        if let confusion {
            let title = "\(model.model) on \(data)"
            try writing.write(
                PictureOutput.bytes(ConfusionChart(matrix, title: title).drawing, for: confusion), to: confusion)
        }
        if let errors {
            var sheet = ContactSheet()
            for misread in matrix.errors.prefix(200) {
                let sample = samples.inputs[misread.sample..<(misread.sample + 1)].tensor()
                guard let picture = Picture(sample.reshaped(to: sample.shape.sample)) else {
                    throw CommandError(.badInput, "\(data) — samples of shape \(sample.shape.sample) are no pictures")
                }
                sheet.add(picture, caption: "\(misread.label)>\(misread.predicted)")
            }
            let page = sheet.picture
            try writing.write(errors.lowercased().hasSuffix(".png") ? page.png : svg(page), to: errors)
        }
    }

    /// A contact sheet inside of an SVG.
    private func svg(_ page: Picture) -> [UInt8] {
        let (width, height) = (Double(page.width), Double(page.height))
        var drawing = Drawing(width: width, height: height, title: "Misread by \(model.model) on \(data)")
        let image = RasterImage(width: page.width, height: page.height, channels: page.channels, bytes: page.bytes)
        drawing.image(image, x: 0, y: 0, width: width, height: height)
        return Array(drawing.svg.utf8)
    }

    private func text(_ count: Int, _ evaluation: Evaluation) -> String {
        let changes = augment.map { " changed by \($0), seed \(seed)" } ?? ""
        var lines = ["\(model.model) on \(count.grouped) samples of \(data)\(changes)"]
        for (name, value) in evaluation.logs.pairs { lines.append("  \(name): \(value.short)") }
        guard let confusion = evaluation.confusion else { return lines.joined(separator: "\n") }
        lines[0] += ": \(confusion.correct.grouped) right, \((confusion.samples - confusion.correct).grouped) wrong"
        var table = Table(
            ("Class", .right), ("Samples", .right), ("Right", .right), ("Precision", .right), ("Recall", .right),
            ("F1", .right))
        for row in confusion.rows {
            table.add(
                "\(row.label)", row.support.grouped, row.correct.grouped, row.precision?.percent ?? "–",
                row.recall?.percent ?? "–", row.f1?.percent ?? "–")
        }
        lines += ["", table.text]
        let confusions = confusion.confusions.prefix(5).map { "\($0.label) as \($0.predicted) (\($0.count)×)" }
        if !confusions.isEmpty { lines += ["", "Most often misread: " + confusions.joined(separator: ", ")] }
        return lines.joined(separator: "\n")
    }
}

/// What `evaluate --json` prints.
private struct EvaluateResult: JSONResult {
    static let command = "evaluate"

    var model: String
    var data: String
    var samples: Int
    /// `loss`, `accuracy` and what else the model was compiled with.
    var metrics: [String: Double]
    var classes: [Class]?
    /// How often each class (row) was taken for each class (column).
    var confusion: [[Int]]?
    var errors: [Misread]?
    var seconds: Double
    /// How the images were changed, and where that was drawn from.
    var augment: String?
    var seed: UInt64?

    struct Class: Encodable {
        var label: Int
        var samples: Int
        var correct: Int
        var precision: Double?
        var recall: Double?
        var f1: Double?
    }

    struct Misread: Encodable {
        var sample: Int
        var label: Int
        var predicted: Int
        var score: Float
    }

    init(_ model: String, _ data: String, _ samples: Int, _ evaluation: Evaluation, _ elapsed: Duration) {
        self.model = model
        self.data = data
        self.samples = samples
        metrics = evaluation.logs.dictionary
        seconds = elapsed.inSeconds
        guard let found = evaluation.confusion else { return }
        classes = found.rows.map {
            Class(
                label: $0.label, samples: $0.support, correct: $0.correct, precision: $0.precision, recall: $0.recall,
                f1: $0.f1)
        }
        confusion = (0..<found.classes).map { row in (0..<found.classes).map { found[row, $0] } }
        errors = found.errors.map {
            Misread(sample: $0.sample, label: $0.label, predicted: $0.predicted, score: $0.score)
        }
    }
}
