import Networks
import Tensors

/// How many of those that were called positive are: `keras.metrics.Precision` with one threshold.
///
///     true positives / (true positives + false positives)
public struct Precision: Metric {
    public static let kerasName = "Precision"
    public static let functionName = "precision"

    public var name: String
    /// Outputs above it say yes.
    public var threshold: Double
    /// True positives and false positives.
    public var sums: [Double] = [0, 0]

    public init(name: String = Precision.functionName, threshold: Double = 0.5) {
        self.name = name
        self.threshold = threshold
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("dtype")
        name = try options.string("name", default: Self.functionName)
        threshold =
            try options.optional("thresholds", "one number") { value in
                value.double ?? (value.array?.count == 1 ? value.array?[0].double : nil)
            } ?? 0.5
        _ = try options.optional("top_k", "null") { (_) -> Int? in nil }
        _ = try options.optional("class_id", "null") { (_) -> Int? in nil }
    }

    public var ownOptions: Options { ["thresholds": .double(threshold), "top_k": nil, "class_id": nil] }

    public var isBetterWhenGreater: Bool { true }

    public mutating func update(
        _ targets: Tensor, _ prediction: Prediction, weights: [Float]?, on pool: WorkerPool
    ) {
        let outputs = prediction.outputs
        let size = outputs.shape.isEmpty ? 1 : outputs.count / max(1, outputs.shape[0])
        for i in 0..<outputs.count {
            let (isYes, saysYes) = (targets[i] > 0.5, outputs[i] > Float(threshold))
            let weight = Double(weights?[i / max(1, size)] ?? 1)
            if isYes && saysYes { sums[0] += weight }
            if !isYes && saysYes { sums[1] += weight }
        }
    }

    public var result: Double { sums[0] + sums[1] == 0 ? 0 : sums[0] / (sums[0] + sums[1]) }
}
