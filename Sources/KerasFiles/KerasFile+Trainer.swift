import Networks
import Runtime
import Tensors
import Training

extension KerasFile {
    /// The file of a model as a trainer has it now: weights, configuration, and what the optimizer remembers.
    public init(_ trainer: Trainer) {
        self.init(
            trainer.model,
            training: TrainingConfig(
                optimizer: trainer.currentOptimizer, objective: trainer.objective,
                outputNames: trainer.model.outputLayerNames),
            optimizer: trainer.state.optimizer)
    }

    /// The same file with a trainer's weights, configuration and optimizer; what else it says stays, except where an
    /// earlier run stood.
    public func taking(_ trainer: Trainer) -> KerasFile {
        let trained = KerasFile(trainer)
        var file = self
        (file.model, file.training, file.optimizer) = (trained.model, trained.training, trained.optimizer)
        (file.progress, file.keptWeights) = (nil, [:])
        return file
    }

    /// A file from which the run goes on as if it had never stopped, whatever the format it is written in.
    ///
    /// - Parameters:
    ///   - trainer: the run, stopped after any batch.
    ///   - callbacks: those of the run that remember something, in their order.
    ///   - samples: how many samples an epoch has, so that other data are noticed.
    ///   - batchSize: how many samples a batch has, likewise.
    public func checkpoint(
        of trainer: Trainer, callbacks: [any Callback] = [], samples: Int? = nil, batchSize: Int? = nil
    ) -> KerasFile {
        var file = taking(trainer)
        file.trainingState = trainer.state
        file.progress?["callbacks"] = .array(
            callbacks.map { ["class": .string("\(type(of: $0))"), "record": .object($0.record)] })
        if let samples { file.progress?["samples"] = .int(samples) }
        if let batchSize { file.progress?["batch_size"] = .int(batchSize) }
        if trainer.stopsTraining { file.progress?["stopped"] = true }
        file.keptWeights = [:]
        for (number, callback) in callbacks.enumerated() { file.keptWeights[number] = callback.keptWeights }
        return file
    }

    /// What a run's file says about the run besides its state.
    public struct RunRecord: Hashable, Sendable {
        /// Samples in an epoch and in a batch; `nil` where the file does not say.
        public var samples: Int?
        public var batchSize: Int?
        /// Whether a callback had ended the run.
        public var isStopped: Bool

        public init(samples: Int?, batchSize: Int?, isStopped: Bool) {
            self.samples = samples
            self.batchSize = batchSize
            self.isStopped = isStopped
        }
    }

    /// What the file says about the run that wrote it; `nil` where it is no checkpoint.
    public var runRecord: RunRecord? {
        guard let progress else { return nil }
        return RunRecord(
            samples: progress["samples"]?.int, batchSize: progress["batch_size"]?.int,
            isStopped: progress["stopped"]?.bool ?? false)
    }

    /// Gives callbacks what those of the same classes at the same places remembered.
    public func restore(_ callbacks: [any Callback]) {
        for (number, (callback, stored)) in zip(callbacks, progress?["callbacks"]?.array ?? []).enumerated() {
            guard stored.object?["class"]?.string == "\(type(of: callback))",
                let record = stored.object?["record"]?.object
            else { continue }
            callback.record = record
            callback.keptWeights = keptWeights[number]
        }
    }

    /// A trainer that goes on where the file's training stopped.
    ///
    /// - Parameters:
    ///   - optimizer: another optimizer than the file's, which begins anew.
    ///   - learningRate: another learning rate than the optimizer's.
    ///   - seed: where shuffling and dropout draw from.
    /// - Throws: ``ConfigurationError`` for an optimizer, loss or metric that is not supported.
    /// - Returns: `nil` where the model ends in a way that tells no loss, and the file names none.
    public func trainer(
        optimizer: (any Optimizer)? = nil, learningRate: Double? = nil, seed: UInt64 = 0, pool: WorkerPool = .shared
    ) throws(ConfigurationError) -> Trainer? {
        let stored = try training?.makeOptimizer()
        var chosen = optimizer ?? stored ?? Adadelta(learningRate: 1)
        if let learningRate {
            if chosen is MultiOptimizer {
                let reason = "none: each of its optimizers has its own"
                throw .option(
                    kind: "optimizer",
                    .unsupported(
                        layer: MultiOptimizer.kerasName, option: "learning_rate", value: .double(learningRate),
                        expected: reason))
            }
            chosen.settings.learningRate = .constant(learningRate)
        }
        try chosen.check(paths: model.trainablePaths)
        let names = model.outputLayerNames
        guard let objective = try training?.makeObjective(outputNames: names) ?? Objective(for: model) else {
            return nil
        }
        var trainer = Trainer(model, optimizer: chosen, objective: objective, seed: seed, pool: pool)
        if optimizer == nil, stored != nil, let state = self.optimizer {
            trainer.state.optimizer = state
            if let learningRate { trainer.learningRate = Float(learningRate) }
        }
        return trainer
    }

    /// What is allowed but probably not meant, about how the model was compiled.
    public var warnings: [TrainingWarning] {
        // A configuration that cannot be understood is an error where it is used, no warning here.
        guard var optimizer = try? training?.makeOptimizer() else { return [] }
        if let rate = self.optimizer?.learningRate { optimizer.settings.learningRate = .constant(Double(rate)) }
        return Trainer(model, optimizer: optimizer, objective: Objective([])).warnings
    }
}

extension Model {
    /// The names of the layers that the outputs come from.
    public var outputLayerNames: [String] { outputs.map { layers[$0.layer].name } }
}

extension Objective {
    /// The loss and accuracy that belong to the end of a model: softmax or sigmoid.
    ///
    /// - Returns: `nil` for a model that ends in another way.
    public init?(for model: Model) {
        guard let activation = Session(model).finalActivation else { return nil }
        switch activation {
        case .softmax: self.init([Output(loss: CategoricalCrossentropy(), metrics: [.accuracy])])
        case .sigmoid: self.init([Output(loss: BinaryCrossentropy(), metrics: [.accuracy])])
        default: return nil
        }
    }
}
