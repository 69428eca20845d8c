import HDF5
import Networks
import Tensors
import Training

/// A Keras file: the model with its weights, how it was compiled, and what its optimizer remembers.
///
///     let file = try KerasFile.read("mnist.keras")
///     try file.write(to: "mnist.h5", format: .legacyH5, dialect: .keras2)
///
/// What a file is, its content decides, never its name.
public struct KerasFile: Sendable {
    public var model: Model {
        // A proof is of these weights alone.
        didSet { proof = nil }
    }
    /// How the model was compiled; `nil` where it was not.
    public var training: TrainingConfig?
    /// What the optimizer remembers; `nil` where the file has nothing of it.
    public var optimizer: OptimizerState?
    /// Some samples with what Keras makes of them; changing the model takes them away.
    public var proof: Proof?
    /// Where a run of training stands besides its weights and its optimizer: ``TrainingState/options``.
    ///
    /// Keras has no place for it: it goes into a group of its own, which Keras passes over.
    public var progress: Options?
    /// The weights, by layer, that callbacks of the run keep, by the callback's number.
    var keptWeights: [Int: [[Tensor]]] = [:]
    public var origin: Origin
    /// What became of each tensor on the way in.
    public var ledger: Ledger
    /// Sentences about what was understood in one of several ways, or left out.
    public var notes: [String]

    /// The architecture as the file declares it, with its models inside models; writing follows it as far as the model
    /// still has its layers.
    var architecture: Architecture?
    /// How weights were stored that are not float32.
    var stored: [WeightAddress: StoredValues] = [:]

    /// A file of a model that was made here.
    public init(_ model: Model, training: TrainingConfig? = nil, optimizer: OptimizerState? = nil) {
        self.model = model
        self.training = training
        self.optimizer = optimizer
        origin = Origin()
        ledger = Ledger()
        notes = []
    }

    /// Where the run of training stood that wrote this file; setting it sets the optimizer's state too.
    ///
    /// `nil` where the file does not say, or says something that is no state.
    public var trainingState: TrainingState? {
        get {
            try? storedTrainingState()  // another version's: as good as none
        }
        set {
            progress = newValue?.options
            if let newValue { optimizer = newValue.optimizer }
        }
    }

    /// Where the training stood that wrote the file; `nil` where the file does not say.
    ///
    /// - Throws: ``OptionError`` where it says what cannot be: an epoch below 0 or beyond what can be counted.
    public func storedTrainingState() throws(OptionError) -> TrainingState? {
        guard let progress, let optimizer else { return nil }
        var reader = OptionReader(progress, layer: "training state")
        return try TrainingState(from: &reader, optimizer: optimizer)
    }

    /// The ways in which Keras writes a model.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// HDF5 with architecture, weights, compilation and optimizer: `model.save("x.h5")`.
        case legacyH5
        /// HDF5 with the weights by layer: `model.save_weights("x.h5")` of Keras 2.
        case legacyWeightsH5
        /// HDF5 with the variables by place: `model.save_weights("x.weights.h5")`.
        case weightsH5
        /// A zip archive with all of it: `model.save("x.keras")`.
        case archive
    }

    /// Where a file came from.
    public struct Origin: Hashable, Sendable {
        public var format: Format?
        /// The version that the file names: `3.15.1`.
        public var kerasVersion: String?
        /// The backend that the file names: `tensorflow`.
        public var backend: String?
        /// The major version of Keras whose words the file uses.
        public var major = 3

        public init() {}

        public var dialect: Dialect { major < 3 ? .keras2 : .keras3 }
    }

    /// Whether a name from a file can be part of a path: no empty, `.` or `..` component and no zero character.
    static func isSafeName(_ name: String) -> Bool {
        !name.utf8.contains(0)
            && name.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
}
