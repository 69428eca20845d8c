import Network
import Runtime
import Tensors

/// What training makes small and what it reports: a loss and metrics for each output of a model.
public struct Objective: Sendable {
    /// The loss and the metrics of one output.
    public struct Output: Sendable {
        public var loss: any Loss
        /// How much this loss counts in the sum: Keras' `loss_weights`.
        public var weight: Float
        public var metrics: [MetricChoice]
        /// Metrics that take account of sample weights.
        public var weightedMetrics: [MetricChoice]

        public init(
            loss: any Loss, weight: Float = 1, metrics: [MetricChoice] = [], weightedMetrics: [MetricChoice] = []
        ) {
            self.loss = loss
            self.weight = weight
            self.metrics = metrics
            self.weightedMetrics = weightedMetrics
        }
    }

    public var outputs: [Output]

    public init(_ outputs: [Output]) { self.outputs = outputs }

    /// The targets in the shape that the losses take, held against the outputs.
    func targets(
        _ targets: [Tensor], for predictions: [Prediction], _ model: Model
    ) throws(TrainingError) -> [Tensor] {
        guard targets.count == outputs.count, predictions.count == outputs.count else {
            throw .count(of: "output", expected: predictions.count, found: targets.count)
        }
        var shaped: [Tensor] = []
        for (position, target) in targets.enumerated() {
            let (loss, shape) = (outputs[position].loss, predictions[position].outputs.shape)
            try check(target.shape, of: loss, outputs: shape, model, position)
            if loss.takesClassNumbers, let classes = shape.last { try check(target, classes, model, position) }
            shaped.append(target.reshaped(to: loss.targetShape(for: shape)))
        }
        return shaped
    }

    /// The sum of the losses of a batch.
    func loss(_ targets: [Tensor], _ predictions: [Prediction], _ weights: [Float]?, on pool: WorkerPool) -> Float {
        outputs.indices.reduce(0) { sum, i in
            sum + outputs[i].weight * outputs[i].loss.mean(targets[i], predictions[i], weights: weights, on: pool)
        }
    }

    /// Where the way back begins: the gradients of ``loss(_:_:_:on:)``, times `scale`.
    func gradients(
        _ targets: [Tensor], _ predictions: [Prediction], _ weights: [Float]?, scale: Float, on pool: WorkerPool
    ) -> OutputGradients {
        var found: [Tensor] = []
        for (position, output) in outputs.enumerated() {
            let gradient = output.loss.gradientOfMean(
                targets[position], predictions[position], weights: weights, scale: scale * output.weight, on: pool)
            switch gradient {
            case .logits(let gradient): return .logits(gradient)  // only a model with one output has logits
            case .outputs(let gradient): found.append(gradient)
            }
        }
        return .outputs(found)
    }

    /// Holds the shape of targets against that of outputs, whose extents may be unknown.
    func check(
        _ found: Shape, of loss: any Loss, outputs: Shape, _ model: Model, _ position: Int
    ) throws(TrainingError) {
        let expected = loss.targetShape(for: outputs)
        // Like Keras, a last axis of one may be there or not.
        let fits = [found.droppingLastOne, expected.droppingLastOne]
        let isFine =
            fits[0].count == fits[1].count
            && zip(fits[0], fits[1]).dropFirst().allSatisfy { $0 == $1 || $1 == Shape.unknown }
        guard !isFine else { return }
        var remedy = ""
        if loss.takesClassNumbers, found.last == outputs.last {
            remedy = "for targets such as these take categorical_crossentropy"
        } else if loss is CategoricalCrossentropy, found.droppingLastOne.count == 1 {
            remedy = "for numbers of classes take sparse_categorical_crossentropy, or one-hot targets"
        }
        throw .targets(
            output: model.outputName(position), loss: type(of: loss).functionName, expected: expected, found: found,
            remedy: remedy)
    }

    /// Looks for a target that is not the number of a class.
    func check(_ targets: Tensor, _ classes: Int, _ model: Model, _ position: Int) throws(TrainingError) {
        guard classes > 0 else { return }
        let wrong = targets.withElements { targets in
            targets.first { !($0 >= 0 && $0 < Float(classes) && $0 == $0.rounded()) }
        }
        if let wrong {
            throw .classNumber(output: model.outputName(position), classes: classes, found: wrong)
        }
    }
}

extension Objective {
    /// The loss and the metrics of the batches of an epoch so far.
    struct Tally {
        private var loss = [0.0, 0.0]
        private var metrics: [Entry] = []

        private struct Entry {
            var name: String
            var output: Int
            var isWeighted: Bool
            var choice: MetricChoice
            var metric: (any Metric)?
            var sums: [Double]?
        }

        init(_ objective: Objective, _ model: Model) {
            for (position, output) in objective.outputs.enumerated() {
                let prefix = objective.outputs.count > 1 ? model.outputName(position) + "_" : ""
                for (choices, isWeighted) in [(output.metrics, false), (output.weightedMetrics, true)] {
                    for choice in choices {
                        // Two metrics of one name get numbers, as in Keras.
                        let name = prefix + choice.name
                        let before = metrics.count { $0.name == name || $0.name.hasPrefix(name + "_") }
                        metrics.append(
                            Entry(
                                name: before == 0 ? name : "\(name)_\(before)", output: position,
                                isWeighted: isWeighted, choice: choice))
                    }
                }
            }
        }

        /// Adds a batch.
        mutating func add(
            _ loss: Float, _ targets: [Tensor], _ predictions: [Prediction], _ weights: [Float]?, on pool: WorkerPool
        ) {
            let count = Double(predictions[0].outputs.shape[0])
            self.loss[0] += Double(loss) * count
            self.loss[1] += count
            for i in metrics.indices {
                let (target, prediction) = (targets[metrics[i].output], predictions[metrics[i].output])
                var metric =
                    metrics[i].metric
                    ?? metrics[i].choice.metric(targets: target.shape, outputs: prediction.outputs.shape)
                if metrics[i].metric == nil, let sums = metrics[i].sums { metric.sums = sums }
                metric.update(target, prediction, weights: metrics[i].isWeighted ? weights : nil, on: pool)
                metrics[i].metric = metric
            }
        }

        /// The means so far: `loss`, then the metrics.
        var logs: Logs {
            var logs = Logs([("loss", loss[1] == 0 ? 0 : loss[0] / loss[1])])
            for entry in metrics { logs[entry.name] = entry.metric?.result ?? 0 }
            return logs
        }

        /// All sums, as data.
        var sums: [[Double]] {
            get { [loss] + metrics.map { $0.metric?.sums ?? $0.sums ?? [] } }
            set {
                guard newValue.count == metrics.count + 1, newValue[0].count == 2 else { return }
                loss = newValue[0]
                for i in metrics.indices { metrics[i].sums = newValue[i + 1] }
            }
        }
    }

    func tally(_ model: Model) -> Tally { Tally(self, model) }
}

extension Model {
    /// The name of the layer that an output comes from.
    func outputName(_ position: Int) -> String {
        position < outputs.count ? layers[outputs[position].layer].name : "output \(position)"
    }
}

extension Shape {
    /// The shape without a last axis of one behind the batch axis.
    fileprivate var droppingLastOne: Shape { count > 1 && last == 1 ? Shape(Array(dropLast())) : self }
}

extension Run {
    /// The outputs, and the logits where there are any.
    var predictions: [Prediction] {
        outputs.enumerated().map { Prediction($1, logits: $0 == 0 ? logits : nil) }
    }
}
