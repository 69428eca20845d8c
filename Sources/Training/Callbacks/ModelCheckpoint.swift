import Networks

/// Saves the model after epochs, or only after the best: `keras.callbacks.ModelCheckpoint`.
///
/// How to save is the caller's: training knows no files of models.
public final class ModelCheckpoint: Callback {
    public private(set) var monitor: Monitor
    public let saveBestOnly: Bool
    private let save: (_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws -> Void

    /// - Parameters:
    ///   - initialValueThreshold: a value that the first saved epoch must beat.
    ///   - save: called with the epoch (from 0), its logs and the trainer; what it throws ends the run.
    public init(
        monitor: String = "val_loss", saveBestOnly: Bool = false, mode: Monitor.Mode = .auto,
        initialValueThreshold: Double? = nil,
        save: @escaping (_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws -> Void
    ) {
        self.monitor = Monitor(monitor, mode: mode)
        self.monitor.best = initialValueThreshold
        self.saveBestOnly = saveBestOnly
        self.save = save
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) throws {
        if saveBestOnly {
            guard let value = monitor.value(in: logs, "ModelCheckpoint", &trainer),
                monitor.isImprovement(value, over: monitor.best, trainer.objective)
            else { return }
            monitor.best = value
        }
        try save(epoch, logs, trainer)
    }

    public var record: Options {
        get { ["best": OptionValue(monitor.best)] }
        set { monitor.best = newValue["best"]?.double }
    }
}
