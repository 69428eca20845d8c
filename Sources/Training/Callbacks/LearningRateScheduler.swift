/// Sets the learning rate at the beginning of each epoch: `keras.callbacks.LearningRateScheduler`.
///
/// It can also set it before each step, for what Keras has no schedule class for.
public final class LearningRateScheduler: Callback {
    private enum Schedule {
        case epochs((_ epoch: Int, _ learningRate: Double) -> Double)
        case steps((_ step: Int) -> Double)
    }

    private let schedule: Schedule

    /// - Parameter schedule: gives the rate of an epoch (from 0) from the rate of the one before.
    public init(_ schedule: @escaping (_ epoch: Int, _ learningRate: Double) -> Double) {
        self.schedule = .epochs(schedule)
    }

    /// - Parameter schedule: gives the rate of a step (from 0), counted over all epochs.
    public init(steps schedule: @escaping (_ step: Int) -> Double) { self.schedule = .steps(schedule) }

    public func onEpochBegin(_ epoch: Int, _ trainer: inout Trainer) {
        switch schedule {
        case .epochs(let schedule): trainer.learningRate = Float(schedule(epoch, Double(trainer.learningRate)))
        case .steps: setRate(&trainer)
        }
    }

    public func onBatchEnd(_ batch: Int, _ logs: Logs, _ trainer: inout Trainer) {
        if case .steps = schedule { setRate(&trainer) }
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) {
        logs["learning_rate"] = Double(trainer.learningRate)
    }

    /// The rate of the step that comes next.
    private func setRate(_ trainer: inout Trainer) {
        guard case .steps(let schedule) = schedule else { return }
        trainer.learningRate = Float(schedule(trainer.state.optimizer.iterations))
    }
}
