import KerasFiles
import Networks
import Tensors

/// A real Keras as a side.
public struct KerasSide: Side {
    private let process: KerasProcess
    private let model: KerasModel
    private let path: String
    private let architecture: String?

    /// Lets Keras load a model file.
    ///
    /// - Parameter architecture: for a file of weights alone: a model's JSON, or the path of a JSON or model file.
    public init(_ process: KerasProcess, path: String, architecture: String? = nil) throws(ParityError) {
        self.process = process
        self.path = path
        self.architecture = architecture
        model = try asking { () throws(KerasProcessError) in
            try process.load(path, architecture: architecture, compiled: false)
        }
    }

    public var description: SideDescription {
        let versions = process.versions
        return SideDescription(
            name: versions.engine == .keras3 ? "Keras \(versions.keras)" : "tf_keras \(versions.keras)",
            details: [
                .init("Keras", "\(versions.engine.rawValue) \(versions.keras)"),
                .init("TensorFlow", versions.tensorflow), .init("NumPy", versions.numpy),
                .init("h5py", "\(versions.h5py) (HDF5 \(versions.hdf5))"), .init("Python", versions.python),
            ])
    }

    /// Which Keras this is, as bundles say it.
    var about: Options {
        let versions = process.versions
        return [
            "format": "keras-bridge-reference", "version": 1, "engine": .string(versions.engine.rawValue),
            "keras": .string(versions.keras), "tensorflow": .string(versions.tensorflow),
            "numpy": .string(versions.numpy), "python": .string(versions.python),
        ]
    }

    public func outputs(_ batch: Batch) throws(ParityError) -> [Tensor] {
        try asking { () throws(KerasProcessError) in
            try model.predict(batch.inputs, batchSize: max(1, batch.range.count))
        }
    }

    public func activations(_ batch: Batch) throws(ParityError) -> [LayerOutput] {
        try asking { () throws(KerasProcessError) in
            try model.activations(batch.inputs, expanding: true).map {
                LayerOutput(TensorKey($0.layer, call: $0.call, output: $0.output), $0.value)
            }
        }
    }

    public func gradients(_ batch: Batch, losses: [String]) throws(ParityError) -> GradientSet {
        try asking { () throws(KerasProcessError) in
            let found = try model.gradients(batch.inputs, targets: batch.targets, losses: losses, expanding: true)
            let pairs = found.weights.map { (WeightKey($0.layer, $0.weight), $0.value) }
            return GradientSet(loss: Double(found.loss), gradients: Dictionary(pairs) { first, _ in first })
        }
    }

    public func training(_ recipe: TrainingRecipe) throws(ParityError) -> any TrainingRun {
        let spec = try OptimizerSpec(recipe.optimizer)
        // A model of its own: the one at hand stays as it is.
        let trained = try asking { () throws(KerasProcessError) in
            try process.load(path, architecture: architecture, compiled: recipe.optimizer == .stored)
        }
        return KerasTraining(model: trained, optimizer: spec, losses: recipe.optimizer == .stored ? nil : recipe.losses)
    }
}

/// A real Keras that trains.
private struct KerasTraining: TrainingRun {
    let model: KerasModel
    /// Given with the first step, when Keras compiles the model.
    var optimizer: OptimizerSpec?
    var losses: [String]?

    mutating func step(_ batch: Batch) throws(ParityError) -> Double {
        let (spec, names) = (optimizer, losses)
        (optimizer, losses) = (nil, nil)
        let found = try asking { () throws(KerasProcessError) in
            try model.train(
                batch.inputs, targets: batch.targets, batchSize: max(1, batch.range.count), optimizer: spec,
                losses: names)
        }
        return found.last.map(Double.init) ?? .nan
    }

    func weights() throws(ParityError) -> [WeightKey: Tensor]? {
        let layers = try asking { () throws(KerasProcessError) in try model.weights(expanding: true) }
        var weights: [WeightKey: Tensor] = [:]
        for layer in layers {
            for (position, value) in layer.values.enumerated() { weights[WeightKey(layer.layer, position)] = value }
        }
        return weights
    }
}

extension KerasProcess.Engine {
    /// The Keras that a file was written for.
    public init(for file: KerasFile) { self = file.origin.dialect == .keras2 ? .tfKeras : .keras3 }
}

extension OptimizerSpec {
    /// The optimizer that a recipe asks for, `nil` for the model's own.
    ///
    /// - Throws: ``ParityError`` for options that are neither numbers nor truth values, such as schedules.
    fileprivate init?(_ choice: TrainingRecipe.OptimizerChoice) throws(ParityError) {
        guard case .fresh(let className, let options) = choice else { return nil }
        var converted: [String: Option] = [:]
        for (name, value) in options.pairs where !value.isNull && name != "name" {
            if let flag = value.bool {
                converted[name] = .flag(flag)
            } else if let number = value.double {
                converted[name] = .number(number)
            } else {
                throw .mismatch(
                    "a new \(className) with option \"\(name)\" = \(value) cannot be asked of Keras; train with the stored one"
                )
            }
        }
        self.init(className, converted)
    }
}

/// Passes on what Keras says as an error of ours.
private func asking<Result>(_ body: () throws(KerasProcessError) -> Result) throws(ParityError) -> Result {
    do {
        return try body()
    } catch {
        throw .keras(error)
    }
}
