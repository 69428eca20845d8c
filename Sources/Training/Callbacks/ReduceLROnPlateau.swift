import Networks

/// Lowers the learning rate when a value does not get better any more: `keras.callbacks.ReduceLROnPlateau`.
public final class ReduceLROnPlateau: Callback {
    public private(set) var monitor: Monitor
    /// What the learning rate is multiplied by.
    public let factor: Double
    /// How many epochs without a better value lower the rate.
    public let patience: Int
    /// How many epochs to wait after that before counting again.
    public let cooldown: Int
    public let minLearningRate: Double
    private var wait = 0
    private var cooling = 0
    private var isResumed = false

    /// - Precondition: a factor below 1.
    public init(
        monitor: String = "val_loss", factor: Double = 0.1, patience: Int = 10, mode: Monitor.Mode = .auto,
        minDelta: Double = 1e-4, cooldown: Int = 0, minLearningRate: Double = 0
    ) {
        precondition(factor < 1, "a factor of \(factor) does not reduce the learning rate")
        self.monitor = Monitor(monitor, mode: mode, minDelta: minDelta)
        self.factor = factor
        self.patience = patience
        self.cooldown = cooldown
        self.minLearningRate = minLearningRate
    }

    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) {
        if !isResumed { (monitor.best, wait, cooling) = (nil, 0, 0) }
        isResumed = false
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) {
        logs["learning_rate"] = Double(trainer.learningRate)
        guard let value = monitor.value(in: logs, "ReduceLROnPlateau", &trainer) else { return }
        if cooling > 0 {
            cooling -= 1
            wait = 0
        }
        if monitor.isImprovement(value, over: monitor.best, trainer.objective) {
            monitor.best = value
            wait = 0
        } else if cooling == 0 {
            wait += 1
            let rate = Double(trainer.learningRate)
            if wait >= patience && rate > Double(Float(minLearningRate)) {
                trainer.learningRate = Float(max(rate * factor, minLearningRate))
                cooling = cooldown
                wait = 0
            }
        }
    }

    public var record: Options {
        get { ["best": OptionValue(monitor.best), "wait": .int(wait), "cooldown_counter": .int(cooling)] }
        set {
            monitor.best = newValue["best"]?.double
            wait = newValue.steps("wait")
            cooling = newValue.steps("cooldown_counter")
            isResumed = true
        }
    }
}
