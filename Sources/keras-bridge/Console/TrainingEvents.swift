import KerasBridge

/// Prints a line of JSON when a run begins and after each epoch, for programs that look on.
final class TrainingEvents: Callback {
    private var plan: FitPlan?
    private var start = ContinuousClock.now

    func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) throws {
        self.plan = plan
        let event = Begin(
            epoch: trainer.state.epoch + 1, epochs: plan.epochs, batch: trainer.state.batch + 1,
            batches: plan.batches, samples: plan.samples, batchSize: plan.batchSize)
        try Console.print(event, onOneLine: true)
    }

    func onEpochBegin(_ epoch: Int, _ trainer: inout Trainer) { start = .now }

    func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) throws {
        let event = Epoch(
            epoch: epoch + 1, epochs: plan?.epochs ?? 0, seconds: (ContinuousClock.now - start).inSeconds,
            metrics: logs.dictionary, learningRate: Double(trainer.learningRate),
            step: trainer.state.optimizer.iterations)
        try Console.print(event, onOneLine: true)
    }

    private struct Begin: JSONResult {
        static let command = "train"
        var event = "begin"
        var epoch: Int
        var epochs: Int
        var batch: Int
        var batches: Int
        var samples: Int
        var batchSize: Int
    }

    private struct Epoch: JSONResult {
        static let command = "train"
        var event = "epoch"
        var epoch: Int
        var epochs: Int
        var seconds: Double
        var metrics: [String: Double]
        /// Of the next step.
        var learningRate: Double
        var step: Int
    }
}
