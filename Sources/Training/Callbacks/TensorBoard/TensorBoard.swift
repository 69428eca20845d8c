import Networks
import Tensors

/// Writes what TensorBoard shows: `keras.callbacks.TensorBoard`.
///
/// As Keras does, `train/` and `validation/` in the folder get a file each, with a scalar `epoch_loss`, `epoch_accuracy`, …
/// for each epoch, counted from 0, and `evaluation_loss_vs_iterations`, …; the model as a graph of layers, under `keras`; and
/// where asked for, `batch_loss`, … of batches and a histogram of every weight. A resumed run adds files, which TensorBoard
/// joins. Of what Keras writes, TensorFlow's graph of operations, which there is none of here, and on request pictures of
/// weights, embeddings and profiles are left out.
public final class TensorBoard: Callback {
    public let folder: String
    /// Every how many epochs weights are counted out; 0 for never: Keras' `histogram_freq`.
    public let histogramFrequency: Int
    /// Every how many batches the means of the epoch so far are written; 0 for never: Keras' `update_freq`.
    public let updateFrequency: Int
    private let architecture: String?
    private var train: EventFile?
    private var validation: EventFile?
    private var batches = 0
    private let now: () -> Double

    /// - Parameters:
    ///   - architecture: the model as Keras' `to_json` gives it; TensorBoard draws it.
    ///   - now: seconds since 1970.
    public init(
        folder: String, histogramFrequency: Int = 0, updateFrequency: Int = 0, architecture: String? = nil,
        now: (() -> Double)? = nil
    ) {
        self.folder = folder
        self.histogramFrequency = histogramFrequency
        self.updateFrequency = updateFrequency
        self.architecture = architecture
        self.now = now ?? wallTime
    }

    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) throws {
        let time = now()
        (train, validation, batches) = (try EventFile(in: folder + "/train", time: time), nil, plan.batches)
        if let architecture { try train?.add(model: architecture, "keras", step: 0, time: time) }
    }

    public func onBatchEnd(_ batch: Int, _ logs: Logs, _ trainer: inout Trainer) throws {
        let step = trainer.state.epoch * batches + batch + 1
        guard updateFrequency > 0, step % updateFrequency == 0 else { return }
        let time = now()
        for (name, value) in logs.pairs { try train?.add(scalar: value, "batch_\(name)", step: step, time: time) }
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) throws {
        let time = now()
        var all = logs
        all["learning_rate"] = Double(trainer.learningRate)
        for (name, value) in all.pairs {
            guard name.hasPrefix("val_") else {
                try train?.add(scalar: value, "epoch_\(name)", step: epoch, time: time)
                continue
            }
            let file = try validation ?? EventFile(in: folder + "/validation", time: time)
            validation = file
            let plain = name.dropFirst(4)
            try file.add(
                scalar: value, "evaluation_\(plain)_vs_iterations", step: trainer.state.optimizer.iterations, time: time
            )
            try file.add(scalar: value, "epoch_\(plain)", step: epoch, time: time)
        }
        guard histogramFrequency > 0, epoch % histogramFrequency == 0 else { return }
        for layer in trainer.model.layers {
            for (spec, weight) in zip(layer.specs, layer.weights) {
                try train?.add(
                    histogram: Self.histogram(of: weight), "\(layer.name)/\(spec.name)/histogram", step: epoch,
                    time: time)
            }
        }
    }

    public func onTrainEnd(_ logs: Logs, _ trainer: inout Trainer) { (train, validation) = (nil, nil) }

    /// How many elements lie in each of 30 equal parts between the least and the greatest, as TensorFlow counts.
    package static func histogram(of weight: Tensor, parts: Int = 30) -> [(Double, Double, Double)] {
        weight.withElements { elements in
            let numbers = elements.lazy.filter(\.isFinite).map(Double.init)
            guard let least = numbers.min(), let greatest = numbers.max() else { return [] }
            guard greatest > least else {
                // All alike: a part of width one around them holds all.
                return (0..<parts).map { part in
                    (least - 0.5, least + 0.5, part == parts - 1 ? Double(numbers.count) : 0)
                }
            }
            let width = (greatest - least) / Double(parts)
            var counts = [Double](repeating: 0, count: parts)
            for number in numbers { counts[min(parts - 1, Int((number - least) / width))] += 1 }
            return counts.enumerated().map { part, count in
                (
                    least + width * Double(part),
                    part == parts - 1 ? greatest : least + width * Double(part + 1), count
                )
            }
        }
    }
}
