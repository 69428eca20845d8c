/// Sets the learning rate at the beginning of each epoch: `keras.callbacks.LearningRateScheduler`.
public final class LearningRateScheduler: Callback {
    private let schedule: (_ epoch: Int, _ learningRate: Double) -> Double

    /// - Parameter schedule: gives the rate of an epoch (from 0) from the rate of the one before.
    public init(_ schedule: @escaping (_ epoch: Int, _ learningRate: Double) -> Double) { self.schedule = schedule }

    public func onEpochBegin(_ epoch: Int, _ trainer: inout Trainer) {
        trainer.learningRate = Float(schedule(epoch, Double(trainer.learningRate)))
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) {
        logs["learning_rate"] = Double(trainer.learningRate)
    }
}
