/// Ends a run whose loss is no number any more, instead of failing: `keras.callbacks.TerminateOnNaN`.
///
/// Better than Keras' it ends before such a step changes the weights: they are those of the step before.
public final class TerminateOnNaN: Callback {
    /// What ended the run: infinity or NaN.
    public private(set) var loss: Float?

    public init() {}

    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) { loss = nil }

    public func onLossNotFinite(_ loss: Float, _ trainer: inout Trainer) -> Bool {
        self.loss = loss
        trainer.stopsTraining = true
        trainer.warnings.append(
            .terminatedOnNaN(loss: loss, epoch: trainer.state.epoch, batch: trainer.state.batch))
        return true
    }
}
