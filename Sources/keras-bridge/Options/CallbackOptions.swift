import ArgumentParser
import KerasBridge

/// What is done at the end of epochs: Keras' callbacks.
struct CallbackOptions: ParsableArguments {
    @Option(
        help: "What the next three watch: val_loss (default with --validation-split), loss, val_accuracy, accuracy, ….")
    var monitor: String?

    @Option(help: "Stop after so many epochs in which that got no better, and keep the best weights.")
    var earlyStopping: Int?

    @Option(help: "After so many epochs in which that got no better, divide the learning rate by ten.")
    var reduceLrOnPlateau: Int?

    @Option(
        help: "Write the model after each epoch in which that is the best so far.",
        completion: .file(extensions: modelEndings))
    var saveBest: String?

    @Option(help: "By how much it must be better to count, for --early-stopping (and --reduce-lr-on-plateau: 0.0001).")
    var minDelta: Double?

    @Option(
        help: ArgumentHelp(
            "Write the model after each epoch: a name such as 'model-{epoch:02d}-{val_loss:.3f}.keras'.",
            valueName: "pattern"))
    var saveEpochs: String?

    @Flag(
        help: "Where the loss is no number any more, end with the weights before that instead of failing.")
    var terminateOnNan = false

    @Option(help: "Write a line for each epoch into a CSV file.", completion: .file(extensions: ["csv"]))
    var csvLog: String?

    @Option(
        help: ArgumentHelp(
            "Write event files for TensorBoard into this folder: the loss and the metrics of each epoch, and the model as a "
                + "graph of layers, under the tags of Keras' callback. TensorFlow's graph of operations is left out."),
        completion: .directory)
    var tensorboard: String?

    @Option(help: "Every how many batches TensorBoard gets the loss and the metrics, too; 0 for never.")
    var updateFreq = 0

    @Option(help: "Every how many epochs TensorBoard gets histograms of the weights; 0 for never.")
    var histogramFreq = 0

    @Option(
        help: "Draw the loss and the metrics over the epochs: .svg or .png.",
        completion: .file(extensions: ["svg", "png"]))
    var plot: String?

    func validate() throws {
        try PictureOutput.check(plot, "--plot")
        for (flag, patience) in [("--early-stopping", earlyStopping), ("--reduce-lr-on-plateau", reduceLrOnPlateau)] {
            if let patience { try checkCount(patience, flag, upTo: Most.epochs) }
        }
        if let minDelta, !(minDelta >= 0 && minDelta.isFinite) {
            throw ValidationError("--min-delta expects a number of at least 0, found \(minDelta)")
        }
        for (flag, frequency) in [("--histogram-freq", histogramFreq), ("--update-freq", updateFreq)] {
            try checkCount(frequency, flag, from: 0, upTo: Most.epochs)
            if frequency > 0, tensorboard == nil {
                throw ValidationError("\(flag) is about --tensorboard DIR, which is missing")
            }
        }
        if monitor != nil || minDelta != nil, earlyStopping == nil, reduceLrOnPlateau == nil, saveBest == nil {
            throw ValidationError(
                "\(monitor != nil ? "--monitor" : "--min-delta") expects --early-stopping, --reduce-lr-on-plateau or --save-best"
            )
        }
    }

    /// The callbacks that remember something, in the order in which checkpoints hold their records.
    func remembering(hasValidation: Bool, save: @escaping (String, Trainer) throws -> Void) -> [any Callback] {
        let name = monitor ?? (hasValidation ? "val_loss" : "loss")
        var callbacks: [any Callback] = []
        if let reduceLrOnPlateau {
            callbacks.append(
                ReduceLROnPlateau(monitor: name, patience: reduceLrOnPlateau, minDelta: minDelta ?? 1e-4))
        }
        if let earlyStopping {
            callbacks.append(
                EarlyStopping(
                    monitor: name, minDelta: minDelta ?? 0, patience: earlyStopping, restoreBestWeights: true))
        }
        if let saveBest {
            callbacks.append(
                ModelCheckpoint(monitor: name, saveBestOnly: true) { _, _, trainer in try save(saveBest, trainer) })
        }
        return callbacks
    }

    /// The callbacks that only write.
    ///
    /// - Parameter architecture: the model as Keras describes it.
    func writing(
        isResumed: Bool, architecture: String?, save: @escaping (String, Trainer) throws -> Void
    ) -> [any Callback] {
        var callbacks: [any Callback] = []
        if terminateOnNan { callbacks.append(TerminateOnNaN()) }
        if let csvLog { callbacks.append(CSVLogger(path: csvLog, append: isResumed)) }
        if let tensorboard {
            callbacks.append(
                TensorBoard(
                    folder: tensorboard, histogramFrequency: histogramFreq, updateFrequency: updateFreq,
                    architecture: architecture))
        }
        if let saveEpochs {
            callbacks.append(
                ModelCheckpoint { epoch, logs, trainer in
                    try save(ModelCheckpoint.path(saveEpochs, epoch: epoch, logs), trainer)
                })
        }
        return callbacks
    }

    /// Makes sure before the run that the names of `--save-epochs` can be made, and gives those that are known already.
    func epochFiles(_ epochs: Int, _ trainer: Trainer, hasValidation: Bool) throws -> [String] {
        guard let saveEpochs else { return [] }
        _ = try outputFormat(of: saveEpochs)
        if let names = try? (0..<epochs).map({ try ModelCheckpoint.path(saveEpochs, epoch: $0, Logs()) }) {
            return names
        }
        guard trainer.objective.outputs.count == 1 else { return [] }
        let own = ["loss"] + trainer.objective.outputs[0].metrics.map(\.name)
        let names = own + (hasValidation ? own.map { "val_" + $0 } : []) + ["learning_rate"]
        _ = try ModelCheckpoint.path(saveEpochs, epoch: 0, Logs(names.map { ($0, 0.0) }))
        return []
    }
}
