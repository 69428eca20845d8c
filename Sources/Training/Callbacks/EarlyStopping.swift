import Networks
import Tensors

/// Stops a run that does not get better any more: `keras.callbacks.EarlyStopping`.
public final class EarlyStopping: Callback {
    public private(set) var monitor: Monitor
    /// How many epochs without a better value end the run.
    public let patience: Int
    /// A value that must be beaten too before an epoch counts as better.
    public let baseline: Double?
    public let restoreBestWeights: Bool
    /// Epochs before this one are not looked at.
    public let startFromEpoch: Int

    /// The epoch that stopped the run.
    public private(set) var stoppedEpoch: Int?
    public private(set) var bestEpoch = 0
    private var wait = 0
    private var bestWeights: [[Tensor]]?
    private var isResumed = false

    public init(
        monitor: String = "val_loss", minDelta: Double = 0, patience: Int = 0, mode: Monitor.Mode = .auto,
        baseline: Double? = nil, restoreBestWeights: Bool = false, startFromEpoch: Int = 0
    ) {
        self.monitor = Monitor(monitor, mode: mode, minDelta: minDelta)
        self.patience = patience
        self.baseline = baseline
        self.restoreBestWeights = restoreBestWeights
        self.startFromEpoch = startFromEpoch
    }

    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) {
        if !isResumed { (monitor.best, wait, bestEpoch, bestWeights) = (nil, 0, 0, nil) }
        (isResumed, stoppedEpoch) = (false, nil)
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) {
        guard let value = monitor.value(in: logs, "EarlyStopping", &trainer), epoch >= startFromEpoch else { return }
        if restoreBestWeights && bestWeights == nil { keep(trainer, epoch) }
        wait += 1
        if monitor.isImprovement(value, over: monitor.best, trainer.objective) {
            monitor.best = value
            keep(trainer, epoch)
            if baseline.map({ monitor.isImprovement(value, over: $0, trainer.objective) }) ?? true { wait = 0 }
        } else if wait >= patience && epoch > 0 {
            stoppedEpoch = epoch
            trainer.stopsTraining = true
        }
    }

    public func onTrainEnd(_ logs: Logs, _ trainer: inout Trainer) {
        guard restoreBestWeights, let bestWeights else { return }
        trainer.setWeights(bestWeights)
    }

    private func keep(_ trainer: Trainer, _ epoch: Int) {
        bestEpoch = epoch
        if restoreBestWeights { bestWeights = trainer.model.layers.map(\.weights) }
    }

    /// The best weights so far, where they shall be restored.
    public var keptWeights: [[Tensor]]? {
        get { bestWeights }
        set { bestWeights = newValue }
    }

    public var record: Options {
        get { ["best": OptionValue(monitor.best), "wait": .int(wait), "best_epoch": .int(bestEpoch)] }
        set {
            monitor.best = newValue["best"]?.double
            wait = newValue.steps("wait")
            bestEpoch = newValue.steps("best_epoch")
            isResumed = true
        }
    }
}
