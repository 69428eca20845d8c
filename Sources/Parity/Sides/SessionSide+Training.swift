import KerasFiles
import Networks
import Runtime
import Synchronization
import Tensors
import Training

extension SessionSide {
    public func gradients(_ batch: Batch, losses: [String]) throws(ParityError) -> GradientSet {
        let recorder = GradientRecorder()
        var trainer = try trainer(recorder, losses)
        let logs = try passingOn { () throws(TrainingError) in try trainer.trainOnBatch(batch.inputs, batch.targets) }
        let addresses = session.model.trainableWeights
        let keys = addresses.map { WeightKey(names[$0.layer], $0.weight) }
        return GradientSet(
            loss: logs["loss"] ?? .nan,
            gradients: Dictionary(zip(keys, recorder.gradients)) { first, _ in first })
    }

    public func training(_ recipe: TrainingRecipe) throws(ParityError) -> any TrainingRun {
        switch recipe.optimizer {
        case .fresh(let className, let options):
            return OurTraining(trainer: try trainer(try optimizer(className, options), recipe.losses), names: names)
        case .stored:
            guard let stored = compiled?.optimizer else {
                throw .notAvailable("stored optimizer", side: description.name)
            }
            var trainer = try self.trainer(try optimizer(stored.className, stored.options), recipe.losses)
            if let state = optimizerState { trainer.state.optimizer = state }
            return OurTraining(trainer: trainer, names: names)
        }
    }

    private func trainer(_ optimizer: any Optimizer, _ losses: [String]) throws(ParityError) -> Trainer {
        guard !losses.isEmpty else { throw .notAvailable("loss", side: description.name) }
        let model = try session.model.withoutRandomness()
        var outputs: [Objective.Output] = []
        for position in model.outputs.indices {
            do {
                let loss = try LossRegistry.standard.loss(losses[min(position, losses.count - 1)])
                outputs.append(Objective.Output(loss: loss))
            } catch {
                throw .mismatch(error.description)
            }
        }
        return Trainer(model, optimizer: optimizer, objective: Objective(outputs), pool: session.pool)
    }

    private func optimizer(_ className: String, _ options: Options) throws(ParityError) -> any Optimizer {
        do {
            return try OptimizerRegistry.standard.optimizer(className: className, options: options)
        } catch {
            throw .mismatch(error.description)
        }
    }
}

/// Our own training.
struct OurTraining: TrainingRun {
    var trainer: Trainer
    let names: [String]

    mutating func step(_ batch: Batch) throws(ParityError) -> Double {
        try passingOn { () throws(TrainingError) in
            try trainer.trainOnBatch(batch.inputs, batch.targets)["loss"] ?? .nan
        }
    }

    /// The same training with every trainable weight moved at random by up to one part in a million.
    ///
    /// That is how far rounding alone takes the activations of two sides apart.
    func nudged(seed: UInt64) -> OurTraining {
        var run = self
        let random = Random(seed: seed)
        run.trainer.session.updateWeights { number, weight in
            let stream = random.stream(UInt64(number))
            let moved = weight.elements.enumerated().map { $1 * (1 + 1e-6 * (2 * stream.uniform(at: $0) - 1)) }
            weight = Tensor(weight.shape, moved)
        }
        return run
    }

    func weights() -> [WeightKey: Tensor]? {
        var weights: [WeightKey: Tensor] = [:]
        for (entry, name) in zip(trainer.model.layers, names) {
            for (position, value) in entry.weights.enumerated() { weights[WeightKey(name, position)] = value }
        }
        return weights
    }
}

/// Passes on what training says as an error of ours.
private func passingOn<Result>(_ body: () throws(TrainingError) -> Result) throws(ParityError) -> Result {
    do {
        return try body()
    } catch {
        throw .mismatch("our training: \(error)")
    }
}

extension Model {
    /// The same model without dropout and noise: every option that makes a layer draw random numbers is 0.
    func withoutRandomness() throws(ParityError) -> Model {
        var model = self
        for index in layers.indices {
            let layer = layers[index].layer
            var options = layer.options
            var isRandom = false
            for name in ["rate", "stddev", "dropout", "recurrent_dropout"] {
                guard let value = options[name]?.double, value != 0 else { continue }
                options[name] = .double(0)
                isRandom = true
            }
            guard isRandom else { continue }
            do throws(OptionError) {
                var reader = OptionReader(options, layer: layers[index].name)
                model.layers[index].layer = try type(of: layer).init(from: &reader)
            } catch {
                throw .mismatch("the randomness of layer \"\(layers[index].name)\" cannot be switched off: \(error)")
            }
        }
        return model
    }
}

/// An optimizer that keeps the gradients and changes nothing: training's own way to them, regularizers included.
private struct GradientRecorder: Optimizer {
    static let kerasName = "GradientRecorder"

    var settings = OptimizerSettings(learningRate: .constant(0))
    private let box = Box()

    /// The gradients of the last step.
    var gradients: [Tensor] { box.gradients.withLock { $0 } }

    init() {}
    init(from options: inout OptionReader) throws(OptionError) {}
    var ownOptions: Options { Options() }
    func slotGroups(for weight: Shape) -> [[String]] { [] }
    func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep) {}

    func apply(
        _ gradients: [Tensor], _ state: inout OptimizerState, on pool: WorkerPool,
        to visit: (_ update: (Int, inout Tensor) -> Void) -> Void
    ) {
        box.gradients.withLock { $0 = gradients }
    }

    private final class Box: Sendable {
        let gradients = Mutex<[Tensor]>([])
    }
}
