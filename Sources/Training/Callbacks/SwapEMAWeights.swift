/// Measures, and if wanted saves, the averages of the weights in place of the weights: `keras.callbacks.SwapEMAWeights`.
///
/// The optimizer must keep averages (`useEMA`). In front of other callbacks, with `swapOnEpoch` those see the averages at
/// the end of each epoch: what they save or keep as the best is what was measured.
public final class SwapEMAWeights: Callback {
    /// Whether the averages stay in the model from the end of an epoch to the beginning of the next.
    public let swapOnEpoch: Bool

    public init(swapOnEpoch: Bool = false) { self.swapOnEpoch = swapOnEpoch }

    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) throws {
        guard !trainer.optimizer.settings.useEMA else { return }
        throw TrainingError.unsupported(
            "SwapEMAWeights needs an optimizer that averages the weights, use_ema, which \(type(of: trainer.optimizer).kerasName) "
                + "here does not")
    }

    public func onTestBegin(_ trainer: inout Trainer) {
        if !trainer.state.isSwapped { trainer.swapAverages() }
    }

    public func onTestEnd(_ trainer: inout Trainer) {
        if trainer.state.isSwapped { trainer.swapAverages() }
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) {
        // `fit` swaps back before the next epoch begins.
        if swapOnEpoch && !trainer.state.isSwapped { trainer.swapAverages() }
    }
}
