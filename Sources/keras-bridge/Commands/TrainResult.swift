import KerasBridge

/// What `train --json` prints.
struct TrainResult: JSONResult {
    static let command = "train"

    var output: String
    /// `finished`, `stopped` (early) or `cancelled` (by a signal).
    var end: String
    var seconds: Double
    var seed: UInt64
    var optimizer: String
    var learningRate: Double
    var batchSize: Int
    /// How many steps the optimizer has made, those before this run included.
    var step: Int
    var epochs: [Epoch]
    /// Measured on the data set's test part, where it has one.
    var test: [String: Double]?
    var warnings: [String]

    struct Epoch: Encodable {
        /// From 1.
        var epoch: Int
        var metrics: [String: Double]
    }
}

extension Logs {
    /// The numbers for people: `loss 0.1234, accuracy 0.9876`.
    var text: String { pairs.map { "\($0.name) \($0.value.short)" }.joined(separator: ", ") }

    var dictionary: [String: Double] { Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first } }
}

extension TrainingWarning {
    /// Whether a loss that is no number ended the run.
    var isTermination: Bool { if case .terminatedOnNaN = self { true } else { false } }
}

extension History.End {
    var word: String {
        switch self {
        case .finished: "finished"
        case .stopped: "stopped"
        case .cancelled: "cancelled"
        }
    }
}
