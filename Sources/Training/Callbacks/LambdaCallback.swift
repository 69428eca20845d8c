/// Calls closures: `keras.callbacks.LambdaCallback`, for a progress bar, for one.
public final class LambdaCallback: Callback {
    private let trainBegin: ((FitPlan, inout Trainer) throws -> Void)?
    private let epochBegin: ((Int, inout Trainer) throws -> Void)?
    private let batchEnd: ((Int, Logs, inout Trainer) throws -> Void)?
    private let epochEnd: ((Int, inout Logs, inout Trainer) throws -> Void)?
    private let trainEnd: ((Logs, inout Trainer) throws -> Void)?

    public init(
        onTrainBegin: ((FitPlan, inout Trainer) throws -> Void)? = nil,
        onEpochBegin: ((Int, inout Trainer) throws -> Void)? = nil,
        onBatchEnd: ((Int, Logs, inout Trainer) throws -> Void)? = nil,
        onEpochEnd: ((Int, inout Logs, inout Trainer) throws -> Void)? = nil,
        onTrainEnd: ((Logs, inout Trainer) throws -> Void)? = nil
    ) {
        trainBegin = onTrainBegin
        epochBegin = onEpochBegin
        batchEnd = onBatchEnd
        epochEnd = onEpochEnd
        trainEnd = onTrainEnd
    }

    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) throws { try trainBegin?(plan, &trainer) }

    public func onEpochBegin(_ epoch: Int, _ trainer: inout Trainer) throws { try epochBegin?(epoch, &trainer) }

    public func onBatchEnd(_ batch: Int, _ logs: Logs, _ trainer: inout Trainer) throws {
        try batchEnd?(batch, logs, &trainer)
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) throws {
        try epochEnd?(epoch, &logs, &trainer)
    }

    public func onTrainEnd(_ logs: Logs, _ trainer: inout Trainer) throws { try trainEnd?(logs, &trainer) }
}
