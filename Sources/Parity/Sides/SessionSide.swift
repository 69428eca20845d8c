import KerasFiles
import Networks
import Runtime
import Tensors
import Training

/// Our own runtime as a side: the model that is verified, or a second one that it is held against.
public struct SessionSide: Side {
    public let session: Session
    public let description: SideDescription
    /// How the model was compiled, for training with the optimizer of its file.
    public var compiled: TrainingConfig?
    /// What that optimizer remembers.
    public var optimizerState: OptimizerState?
    /// What the layers are called in what this side gives.
    private(set) var names: [String]

    public init(_ session: Session, description: SideDescription = SideDescription(name: "KerasBridge")) {
        self.session = session
        self.description = description
        names = session.model.layers.map(\.name)
    }

    /// The model of a file, with the optimizer that it was saved with.
    public init(
        _ file: KerasFile, pool: WorkerPool = .shared,
        description: SideDescription = SideDescription(name: "KerasBridge")
    ) {
        self.init(Session(file.model, pool: pool), description: description)
        compiled = file.training
        optimizerState = file.optimizer
    }

    /// The same side with its layers called as those of another model that has the same classes in the same order.
    ///
    /// Keras counts unnamed layers on: `conv2d_3` in one file may be `conv2d` in another.
    public func named(after other: Model) -> SessionSide {
        let (ours, theirs) = (session.model.layers, other.layers)
        guard Set(ours.map(\.name)) != Set(theirs.map(\.name)),
            ours.map({ type(of: $0.layer).kerasName }) == theirs.map({ type(of: $0.layer).kerasName })
        else { return self }
        var side = self
        side.names = theirs.map(\.name)
        return side
    }

    public func outputs(_ batch: Batch) throws(ParityError) -> [Tensor] {
        do {
            return try session.predict(batch.inputs, batchSize: max(1, batch.range.count))
        } catch {
            throw .inputs(error)
        }
    }

    public func activations(_ batch: Batch) throws(ParityError) -> [LayerOutput] {
        do {
            let found = try session.activations(batch.inputs).sorted {
                ($0.key.layer, $0.key.call, $0.key.output) < ($1.key.layer, $1.key.call, $1.key.output)
            }
            return found.map { source, value in
                let key = TensorKey(names[source.layer], call: source.call, output: source.output)
                return LayerOutput(key, value)
            }
        } catch {
            throw .inputs(error)
        }
    }
}

extension Model {
    /// The names of the outputs: of the layers they come from, with a number where one layer gives several.
    public var outputNames: [String] {
        outputs.map { source in
            let name = layers[source.layer].name
            guard outputs.count(where: { $0.layer == source.layer }) > 1 else { return name }
            return "\(name):\(source.call).\(source.output)"
        }
    }

    /// The address of every weight with its name, `layer/weight`, in the order of Keras.
    var weightNames: [(key: WeightKey, name: String)] {
        layers.flatMap { entry in
            entry.specs.enumerated().map { (WeightKey(entry.name, $0), "\(entry.name)/\($1.name)") }
        }
    }
}
