import KerasBridge

/// Shows how training goes: a bar on a terminal, and everywhere one line for each epoch; and passes signals on.
final class TrainingProgress: Callback {
    private let cancellation: Cancellation
    private var bar: ProgressBar?
    private var plan: FitPlan?
    private var firstBatch = 0

    init(_ cancellation: Cancellation) { self.cancellation = cancellation }

    func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) { self.plan = plan }

    func onEpochBegin(_ epoch: Int, _ trainer: inout Trainer) {
        guard let plan else { return }
        firstBatch = trainer.state.batch
        bar = ProgressBar(label(epoch, plan), of: plan.batches, from: firstBatch)
    }

    func onBatchEnd(_ batch: Int, _ logs: Logs, _ trainer: inout Trainer) {
        if Interruption.request != nil { cancellation.cancel() }
        bar?.show(batch + 1, logs.text)
        if cancellation.isCancelled { bar?.clear() }
    }

    func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) {
        guard let plan, let elapsed = bar?.elapsed else { return }
        bar?.clear()
        let steps = max(1, plan.batches - firstBatch)
        Console.note("\(label(epoch, plan))  \(elapsed.rough)  \((elapsed / steps).rough)/step  \(logs.text)")
    }

    private func label(_ epoch: Int, _ plan: FitPlan) -> String { "Epoch \(epoch + 1)/\(plan.epochs)" }

    /// Measures a trained model, with a bar.
    func measuring(_ trainer: Trainer, _ data: Dataset) throws(TrainingError) -> Logs {
        var bar = ProgressBar("Test", of: data.count, unit: .sample)
        let logs = try trainer.report(on: data) { done, logs in bar.show(done, logs.text) }.logs
        bar.clear()
        return logs
    }
}
