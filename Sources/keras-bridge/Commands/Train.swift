import ArgumentParser
import Datasets
import Foundation
import KerasBridge
import Pictures

/// Trains a model.
struct Train: ReadingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model, from new weights or from a Keras file.",
        discussion: """
            mnist-cnn is the classic digit network of Keras' examples. The ending of OUT names its format: \
            .keras, .h5, .hdf5 or .weights.h5. Ctrl-C ends the batch at hand and writes what was asked for; \
            a second one stops at once. The same seed gives the same weights, bit for bit, for any number of threads, \
            and so does a run that was stopped and goes on with --resume. A schedule, --weight-decay or --ema begin the \
            optimizer of --from anew, as compiling in Keras does. With both --architecture and --from, the \
            weights of one model begin another, as far as the flags allow that they differ.
            """)

    @Option(
        help: "mnist-cnn, or an architecture JSON, or a model file whose architecture to take.",
        completion: .file(extensions: modelEndings + ["json"]))
    var architecture: String?

    @Option(
        help: "A model file to go on from, with its optimizer's state.", completion: .file(extensions: modelEndings))
    var from: String?

    @OptionGroup var weights: WeightOptions

    @Option(help: dataHelp)
    var data: String

    @OptionGroup var scale: ScaleOptions

    @Option(help: "How many epochs to train.")
    var epochs = 12

    @Option(help: "How many samples make a step.")
    var batchSize = 128

    @Option(help: "adadelta (default for new models), sgd, adam, rmsprop, … with Keras' defaults.")
    var optimizer: String?

    @OptionGroup var schedule: ScheduleOptions

    @OptionGroup var samples: SampleOptions

    @Option(help: "Keep this fraction at the end of the training data for validation.")
    var validationSplit = 0.0

    @Option(help: "Where weights, shuffling and dropout draw from: 0, or when resuming the checkpoint's.")
    var seed: UInt64?

    @Option(
        help: "A .keras or .h5 file to write after each epoch, and when stopped, with all that the run remembers.",
        completion: .file(extensions: modelEndings))
    var checkpoint: String?

    @Flag(help: "Go on from the checkpoint where there is one: give the same options as before.")
    var resume = false

    @OptionGroup var callbackOptions: CallbackOptions

    @Option(name: [.short, .long], help: "The model file to write.", completion: .file(extensions: modelEndings))
    var output: String

    @OptionGroup var writing: WriteOptions
    @OptionGroup var running: RunOptions
    @OptionGroup(title: "Reading files of strangers") var reading: ReadingOptions
    @OptionGroup var result: ResultOptions

    @Flag(help: "Print a line of JSON when the run begins and after each epoch, and the result as the last one.")
    var jsonEvents = false

    func validate() throws {
        guard architecture != nil || from != nil else {
            throw ValidationError(
                "train expects --architecture (new weights), --from (a trained model), or both (a model that begins "
                    + "with another's weights)")
        }
        if architecture == "mnist-cnn", from != nil {
            throw ValidationError(
                "--architecture mnist-cnn begins anew; with --from, name a file: an architecture JSON or a model")
        }
        if from == nil, weights.rules != WeightRules() {
            throw ValidationError("\(weights.names) is about the weights of --from MODEL, which is missing")
        }
        try checkCount(epochs, "--epochs", upTo: Most.epochs)
        try checkCount(batchSize, "--batch-size", upTo: Most.batch)
        guard (0..<1).contains(validationSplit) else {
            throw ValidationError("--validation-split expects a fraction from 0 to 1, found \(validationSplit)")
        }
        if callbackOptions.reduceLrOnPlateau != nil, schedule.schedule != nil {
            throw ValidationError(
                "--reduce-lr-on-plateau and a schedule (--learning-rate-schedule, --warmup-epochs) both set the learning rate; "
                    + "give one of them")
        }
        if resume, checkpoint == nil { throw ValidationError("--resume expects --checkpoint PATH to go on from") }
        if let checkpoint {
            let format = try? outputFormat(of: checkpoint)
            guard format == .archive || format == .legacyH5 else {
                throw ValidationError(
                    "--checkpoint expects a name that ends in .keras or .h5, the formats that hold a whole model, "
                        + "found \(checkpoint)")
            }
        }
    }

    var modelFiles: [(path: String, architecture: String?)] {
        if let from { return [(from, architecture)] }
        return architecture.flatMap { $0 == "mnist-cnn" ? nil : [($0, nil)] } ?? []
    }

    func run() throws {
        let format = try outputFormat(of: output)
        let isResumed = resume && checkpoint.map(FileManager.default.fileExists(atPath:)) == true
        let checkpointFormat = try checkpoint.map { path throws(CommandError) in try outputFormat(of: path) }
        try writing.check(
            [output]
                + (isResumed
                    ? [] : [checkpoint, callbackOptions.csvLog, callbackOptions.saveBest, callbackOptions.plot]))
        if let best = callbackOptions.saveBest { _ = try outputFormat(of: best) }

        let file = try start(isResumed: isResumed)
        let loaded = try scale.load(data, for: file.model)
        let rehearsed = try samples.rehearse.map { try scale.load($0, for: file.model) }
        var part = try Self.trainingPart(of: loaded, data)
        if let rehearsed, let name = samples.rehearse {
            part = try part.rehearsing(Self.trainingPart(of: rehearsed, name))
        }
        let samplesInEpoch = try part.dataset().trainingCount(validationSplit)
        var trainer = try makeTrainer(file, isResumed: isResumed, samples: samplesInEpoch)
        let dataset = try part.dataset(for: trainer.objective.outputs[0].loss, of: trainer.model)
        if isResumed, let checkpoint {
            trainer.state = try state(in: file, of: checkpoint, samples: samplesInEpoch)
            Console.note(
                "resuming from \(checkpoint): epoch \(trainer.state.epoch + 1), batch \(trainer.state.batch + 1)")
        }
        let shownWarnings = trainer.warnings
        for warning in shownWarnings { Console.warn("\(warning)") }
        Console.note(introduction(trainer, dataset, loaded))

        let dialect = from == nil ? Dialect.keras3 : file.origin.dialect
        Interruption.watch()
        let cancellation = Cancellation()
        let progress = TrainingProgress(cancellation)
        var callbacks: [any Callback] = [progress]
        // What is measured, kept as best and saved are the averages of the weights, where there are any.
        if trainer.optimizer.settings.useEMA { callbacks.append(SwapEMAWeights(swapOnEpoch: true)) }
        let saveModel = { (path: String, trainer: Trainer) in
            let trained = file.taking(trainer.withAverages)
            try Self.checkNumbers(trained)
            _ = try trained.write(to: path, format: outputFormat(of: path), dialect: dialect, overwriting: true)
        }
        let hasValidation = validationSplit > 0
        try writing.check(
            isResumed ? [] : callbackOptions.epochFiles(epochs, trainer, hasValidation: hasValidation))
        let historyLog = HistoryLog()
        let remembering = callbackOptions.remembering(hasValidation: hasValidation, save: saveModel) + [historyLog]
        if isResumed { file.restore(remembering) }
        callbacks += remembering
        if jsonEvents { callbacks.append(TrainingEvents()) }
        callbacks += callbackOptions.writing(
            isResumed: isResumed,
            // Keras, too, leaves out the graph of a model that it cannot describe.
            architecture: callbackOptions.tensorboard.flatMap { _ in try? file.architectureJSON() }, save: saveModel)
        func save(_ trainer: Trainer) throws {
            guard let checkpoint, let checkpointFormat else { return }
            let trained = file.checkpoint(
                of: trainer, callbacks: remembering, samples: samplesInEpoch, batchSize: batchSize)
            try Self.checkNumbers(trained)
            try trained.write(to: checkpoint, format: checkpointFormat, overwriting: true)
        }
        callbacks.append(ModelCheckpoint { _, _, trainer in try save(trainer) })
        // A run that a callback had ended has only its end left.
        let lastEpoch = isResumed && file.runRecord?.isStopped == true ? trainer.state.epoch : epochs
        let clock = ContinuousClock.now
        let history = try trainer.fit(
            dataset, epochs: lastEpoch, batchSize: batchSize, validationSplit: validationSplit,
            classWeights: samples.classWeights?.weights(for: part.classes, of: data) ?? [:],
            augmentation: samples.augment, mixUp: samples.mixup.map { MixUp(alpha: $0) }, callbacks: callbacks,
            cancellation: cancellation)
        let elapsed = ContinuousClock.now - clock
        for warning in trainer.warnings where !shownWarnings.contains(warning) { Console.warn("\(warning)") }

        let trained = file.taking(trainer)
        try Self.checkNumbers(trained)
        for note in try trained.write(to: output, format: format, dialect: dialect, overwriting: writing.force) {
            Console.warn(note)
        }
        if history.end == .cancelled { try save(trainer) }
        if let plot = callbackOptions.plot {
            let chart = HistoryChart(
                title: URL(fileURLWithPath: output).lastPathComponent, epochs: historyLog.epochs, logs: historyLog.logs)
            do {
                try Data(PictureOutput.bytes(chart.drawing, for: plot)).write(
                    to: URL(fileURLWithPath: plot), options: .atomic)
            } catch {
                throw CommandError(.cannotWrite, "\(plot) — cannot be written: \(error.localizedDescription)")
            }
        }
        var test: Logs?
        if history.end != .cancelled, let part = loaded.test ?? rehearsed?.test {
            let data = try part.dataset(for: trainer.objective.outputs[0].loss, of: trainer.model)
            test = try progress.measuring(trainer, data)
        }
        try report(history, test, trainer, elapsed)
        if history.end == .cancelled { throw Ending(Interruption.request ?? .failed) }
    }

    /// A last step can ruin the weights after its loss was still a number; such a model replaces none that is better.
    private static func checkNumbers(_ file: KerasFile) throws(CommandError) {
        guard let ruined = file.nonFinite.first else { return }
        throw CommandError(
            .failed,
            "training ended without a usable model: \(ruined); nothing was written over; a smaller learning rate or "
                + "clipnorm may help")
    }

    private static func trainingPart(of loaded: LoadedDataset, _ name: String) throws(CommandError) -> LabeledSamples {
        if let part = loaded.train { return part }
        throw CommandError(.badInput, "\(name) — there is no training part, only a test part")
    }

    /// The model to begin with.
    private func start(isResumed: Bool) throws -> KerasFile {
        if isResumed, let checkpoint { return try reading.load(checkpoint) }
        if let from { return try reading.check(weights.read(from, architecture: architecture, seed: seed ?? 0), from) }
        if architecture == "mnist-cnn" { return KerasFile(Model.mnistCNN(seed: seed ?? 0)) }
        return try KerasFile.readArchitecture(architecture ?? "", seed: seed ?? 0)
    }

    /// Where the run stood that wrote the checkpoint.
    private func state(in file: KerasFile, of checkpoint: String, samples: Int) throws(CommandError) -> TrainingState {
        let known: TrainingState?
        do throws(OptionError) {
            known = try file.storedTrainingState()
        } catch {
            throw CommandError(.badInput, "\(checkpoint) — \(error)")
        }
        guard let stored = known else {
            // Not ours, or an older one: the number of steps tells the rest.
            guard let optimizer = file.optimizer else {
                throw CommandError(
                    .badInput, "\(checkpoint) — it does not say where its run stood; --from begins a new one with it")
            }
            return TrainingState(resuming: optimizer, seed: seed ?? 0, samples: samples, batchSize: batchSize)
        }
        if let seed, seed != stored.seed {
            throw CommandError(
                .usage, "\(checkpoint) — its run draws from seed \(stored.seed); --resume cannot go on with \(seed)")
        }
        let run = file.runRecord
        if stored.batch > 0, run?.samples ?? samples != samples || run?.batchSize ?? batchSize != batchSize {
            throw CommandError(
                .usage,
                "\(checkpoint) — it was written within an epoch of \(run?.samples ?? samples) samples in batches of "
                    + "\(run?.batchSize ?? batchSize), found \(samples) samples and batches of \(batchSize)")
        }
        return stored
    }

    private func makeTrainer(_ file: KerasFile, isResumed: Bool, samples count: Int) throws -> Trainer {
        let seed = seed ?? 0
        let batches = (count + batchSize - 1) / batchSize
        // A checkpoint carries the optimizer, its schedule and the learning rate that earlier options chose.
        var chosen = isResumed ? nil : try namedOptimizer()
        if schedule.changesOptimizer, !isResumed {
            var optimizer = try chosen ?? file.training?.makeOptimizer() ?? Adadelta(learningRate: 1)
            schedule.configure(&optimizer, epochs: epochs, batches: batches)
            chosen = optimizer
        }
        let isPlain = isResumed || schedule.changesOptimizer
        let trainer = try file.trainer(
            optimizer: chosen, learningRate: isPlain ? nil : schedule.learningRate, seed: seed, pool: running.pool)
        guard let trainer else {
            throw CommandError(
                .badInput,
                "\(from ?? architecture ?? "the model") — it names no loss and ends in neither softmax nor sigmoid, "
                    + "so what to train it for is not known; compile it in Keras and save it with its loss")
        }
        guard let labelSmoothing = samples.labelSmoothing, !isResumed else { return trainer }
        guard let objective = trainer.objective.smoothingLabels(by: labelSmoothing) else {
            let name = trainer.objective.outputs.map { type(of: $0.loss).functionName }.joined(separator: ", ")
            throw CommandError(
                .badInput,
                "--label-smoothing: the loss \(name) has no such option; categorical_crossentropy and binary_crossentropy have"
            )
        }
        var smoothed = Trainer(
            trainer.model, optimizer: trainer.optimizer, objective: objective, seed: seed, pool: running.pool)
        smoothed.state = trainer.state
        return smoothed
    }

    private func namedOptimizer() throws(CommandError) -> (any Optimizer)? {
        do {
            return try optimizer.map { name throws(ConfigurationError) in
                try OptimizerRegistry.standard.optimizer(named: name)
            }
        } catch {
            throw CommandError(.usage, "--optimizer: \(error)")
        }
    }

    private func introduction(_ trainer: Trainer, _ data: Dataset, _ loaded: LoadedDataset) -> String {
        let optimizer = type(of: trainer.optimizer).kerasName
        let changes = samples.augment.map { ", augmented by \($0)" } ?? ""
        let rehearsed = samples.rehearse.map { " and \($0)" } ?? ""
        return "\(trainer.model.name): \(data.count.grouped) samples of \(loaded.spec)\(rehearsed), "
            + "batches of \(batchSize), \(optimizer) \(rate(of: trainer)), seed \(trainer.state.seed), \(running.pool.threads) threads, "
            + "\(InstructionSet.best.rawValue)\(changes)"
    }

    /// The learning rate for people: of a schedule its peak and its name, and where the run stands in it.
    private func rate(of trainer: Trainer) -> String {
        guard case .schedule(let schedule) = trainer.optimizer.settings.learningRate else {
            return "\(trainer.learningRate)"
        }
        let now = trainer.state.optimizer.iterations > 0 ? " (now \(Double(trainer.learningRate).short))" : ""
        return "\(Float(schedule.peak)) by \(type(of: schedule).kerasName)\(now)"
    }

    private func report(_ history: History, _ test: Logs?, _ trainer: Trainer, _ elapsed: Duration) throws {
        if result.json || jsonEvents {
            try Console.print(
                TrainResult(
                    output: output, end: history.end.word, seconds: elapsed.inSeconds, seed: trainer.state.seed,
                    optimizer: type(of: trainer.optimizer).kerasName, learningRate: Double(trainer.learningRate),
                    batchSize: batchSize, step: trainer.state.optimizer.iterations,
                    epochs: zip(history.epochs, history.logs).map {
                        TrainResult.Epoch(epoch: $0 + 1, metrics: $1.dictionary)
                    },
                    test: test?.dictionary, warnings: trainer.warnings.map(\.description)), onOneLine: jsonEvents)
            return
        }
        if history.end == .cancelled {
            let (epoch, batch) = (trainer.state.epoch + 1, trainer.state.batch)
            try Console.print(
                "stopped in epoch \(epoch) after \(batch) batches; the model as it stands is in \(output)")
            if checkpoint != nil { Console.note("go on with the same options and --resume") }
            return
        }
        if history.end == .stopped, !trainer.warnings.contains(where: \.isTermination) {
            Console.note("stopped early: no better for \(callbackOptions.earlyStopping ?? 0) epochs")
        }
        if let test { try Console.print("test: \(test.text)") }
        try Console.print("wrote \(output) after \(elapsed.rough)")
    }
}

extension Trainer {
    /// The same with the averages of its weights for weights, where it keeps some: as a run ends.
    fileprivate var withAverages: Trainer {
        guard !state.optimizer.averages.isEmpty, state.optimizer.iterations > 0 else { return self }
        var trainer = self
        if trainer.state.isSwapped { trainer.swapAverages() }
        let averages = trainer.state.optimizer.averages
        trainer.session.updateWeights { position, weight in weight = averages[position] }
        return trainer
    }
}
