import Network
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

    /// The same file with a trainer's weights, configuration and optimizer; what else it says stays.
    public func taking(_ trainer: Trainer) -> KerasFile {
        let trained = KerasFile(trainer)
        var file = self
        (file.model, file.training, file.optimizer) = (trained.model, trained.training, trained.optimizer)
        return file
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
        if let learningRate { chosen.settings.learningRate = .constant(learningRate) }
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
