import Networks

/// Keeps the logs of all epochs, those before a resumption too: `keras.callbacks.History` with a memory.
public final class HistoryLog: Callback {
    /// The numbers of the epochs, from 0.
    public private(set) var epochs: [Int] = []
    /// For each epoch, its logs.
    public private(set) var logs: [Logs] = []

    public init() {}

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) {
        // An epoch that is trained again counts as it went last.
        let kept = epochs.prefix { $0 < epoch }.count
        epochs = epochs.prefix(kept) + [epoch]
        self.logs = self.logs.prefix(kept) + [logs]
    }

    public var record: Options {
        get {
            let epochs = zip(epochs, logs).map { epoch, logs -> OptionValue in
                // What is no number has no place in JSON.
                let numbers = logs.pairs.filter(\.value.isFinite).map { ($0.name, OptionValue.double($0.value)) }
                return ["epoch": .int(epoch), "logs": .object(Options(numbers))]
            }
            return ["epochs": .array(epochs)]
        }
        set {
            (epochs, logs) = ([], [])
            for entry in newValue["epochs"]?.array ?? [] {
                guard let epoch = entry.object?["epoch"]?.int, (0...mostSteps).contains(epoch),
                    let pairs = entry.object?["logs"]?.object?.pairs
                else {
                    continue
                }
                epochs.append(epoch)
                logs.append(Logs(pairs.compactMap { pair in pair.value.double.map { (pair.name, $0) } }))
            }
        }
    }
}
