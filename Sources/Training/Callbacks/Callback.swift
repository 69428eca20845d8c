import Networks
import Tensors

/// Something that is told what happens during `fit`, and may act on it: Keras' `Callback`, with its names.
///
/// Callbacks are told one after another on the thread that trains. An error that one throws ends the run.
public protocol Callback: AnyObject {
    func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) throws
    func onEpochBegin(_ epoch: Int, _ trainer: inout Trainer) throws
    /// After a batch; `logs` are the means of the epoch so far.
    func onBatchEnd(_ batch: Int, _ logs: Logs, _ trainer: inout Trainer) throws
    /// Before the validation of an epoch.
    func onTestBegin(_ trainer: inout Trainer) throws
    /// After the validation of an epoch.
    func onTestEnd(_ trainer: inout Trainer) throws
    /// The loss of a batch is no number; the weights are those before it.
    ///
    /// - Returns: whether the run ends here and all is well; else it fails with ``TrainingError/notFinite(loss:epoch:batch:step:)``.
    func onLossNotFinite(_ loss: Float, _ trainer: inout Trainer) throws -> Bool
    /// After an epoch and its validation; what is added to `logs` goes into the history.
    func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) throws
    func onTrainEnd(_ logs: Logs, _ trainer: inout Trainer) throws

    /// What the callback remembers between epochs, so that a resumed run goes on as if never stopped.
    ///
    /// Set before `fit`, it stays; else each `fit` begins anew.
    var record: Options { get set }

    /// The weights, by layer, that the callback keeps between epochs besides ``record``; `nil` for none.
    var keptWeights: [[Tensor]]? { get set }
}

extension Callback {
    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) throws {}
    public func onEpochBegin(_ epoch: Int, _ trainer: inout Trainer) throws {}
    public func onBatchEnd(_ batch: Int, _ logs: Logs, _ trainer: inout Trainer) throws {}
    public func onTestBegin(_ trainer: inout Trainer) throws {}
    public func onTestEnd(_ trainer: inout Trainer) throws {}
    public func onLossNotFinite(_ loss: Float, _ trainer: inout Trainer) throws -> Bool { false }
    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) throws {}
    public func onTrainEnd(_ logs: Logs, _ trainer: inout Trainer) throws {}

    public var record: Options {
        get { [:] }
        set {}
    }

    public var keptWeights: [[Tensor]]? {
        get { nil }
        set {}
    }
}

/// The size of a run.
public struct FitPlan: Sendable, Hashable {
    /// The number of finished epochs at which the run ends.
    public let epochs: Int
    /// Batches in an epoch, the last of which may be short.
    public let batches: Int
    /// Samples in an epoch.
    public let samples: Int
    public let batchSize: Int
}
