import Networks
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
            let expected = loss.targetShape(for: shape)
            shaped.append(expected.isKnown ? target.reshaped(to: expected) : target)
        }
        return shaped
    }

    /// The loss of each output for a batch.
    func losses(_ targets: [Tensor], _ predictions: [Prediction], _ weights: [Float]?, on pool: WorkerPool) -> [Float] {
        outputs.indices.map { outputs[$0].loss.mean(targets[$0], predictions[$0], weights: weights, on: pool) }
    }

    /// The sum of the losses, each counting as much as it should.
    func sum(_ losses: [Float]) -> Float { zip(outputs, losses).reduce(0) { $0 + $1.0.weight * $1.1 } }

    /// Where the way back begins: the gradients of the sum of the losses, times `scale`.
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
        let isFree = expected.last == Shape.unknown
        let fits = isFree ? [found, expected] : [found.droppingLastOne, expected.droppingLastOne]
        let isFine =
            fits[0].count == fits[1].count
            && zip(fits[0], fits[1]).dropFirst().allSatisfy { $0 == $1 || $1 == Shape.unknown }
        if isFine { return try checkOutputs(outputs, targets: expected, model, position) }
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

    /// Makes sure that the loss and the metrics of an output can take its shape.
    private func checkOutputs(
        _ shape: Shape, targets: Shape, _ model: Model, _ position: Int
    ) throws(TrainingError) {
        let (output, name) = (self.outputs[position], model.outputName(position))
        if let problem = output.loss.problem(outputs: shape) {
            throw .unsupported(
                "output \"\(name)\": the loss \(type(of: output.loss).functionName) cannot be taken: \(problem)")
        }
        for choice in output.metrics + output.weightedMetrics {
            guard case .metric(let metric) = choice, let problem = metric.problem(targets: targets, outputs: shape)
            else { continue }
            throw .unsupported("output \"\(name)\": the metric \(metric.name) cannot be taken: \(problem)")
        }
    }

    /// Looks for a target that is not the number of a class.
    func check(_ targets: Tensor, _ classes: Int, _ model: Model, _ position: Int) throws(TrainingError) {
        guard classes > 0 else { return }
        let ignored = outputs[position].loss.ignoredClass.map { Float($0) }
        let wrong = targets.withElements { targets in
            targets.first { !($0 >= 0 && $0 < Float(classes) && $0 == $0.rounded()) && $0 != ignored }
        }
        if let wrong {
            throw .classNumber(output: model.outputName(position), classes: classes, found: wrong)
        }
    }
}

extension Objective {
    /// The loss and the metrics of the batches of an epoch so far.
    struct Tally {
        /// The sums over samples of the whole loss and of each output's, where there are several, and the samples.
        private var losses: [Double]
        private var metrics: [Entry] = []
        private let lossNames: [String]

        private struct Entry {
            var name: String
            var output: Int
            var isWeighted: Bool
            var choice: MetricChoice
            var metric: (any Metric)?
            var sums: [Double]?
        }

        init(_ objective: Objective, _ model: Model) {
            let outputs = objective.outputs
            let prefixes = outputs.indices.map { outputs.count > 1 ? model.outputName($0) + "_" : "" }
            lossNames = ["loss"] + (outputs.count > 1 ? prefixes.map { $0 + "loss" } : [])
            losses = [Double](repeating: 0, count: lossNames.count + 1)
            for (position, output) in outputs.enumerated() {
                for choice in output.metrics { add(choice, position, prefixes[position], isWeighted: false) }
            }
            for (position, output) in outputs.enumerated() {
                for choice in output.weightedMetrics { add(choice, position, prefixes[position], isWeighted: true) }
            }
        }

        /// Adds a metric; where its name is taken, it gets another as in Keras.
        private mutating func add(_ choice: MetricChoice, _ output: Int, _ prefix: String, isWeighted: Bool) {
            let names = Set(metrics.map(\.name))
            var name = prefix + choice.name
            if isWeighted && names.contains(name) { name = prefix + "weighted_" + choice.name }
            let number = (0...).first { !names.contains($0 == 0 ? name : "\(name)_\($0)") } ?? 0
            metrics.append(
                Entry(
                    name: number == 0 ? name : "\(name)_\(number)", output: output, isWeighted: isWeighted,
                    choice: choice))
        }

        /// Adds a batch.
        mutating func add(
            _ loss: Float, _ parts: [Float], _ targets: [Tensor], _ predictions: [Prediction], _ weights: [Float]?,
            on pool: WorkerPool
        ) {
            let count = Double(predictions[0].outputs.shape[0])
            for (i, value) in ([loss] + (lossNames.count > 1 ? parts : [])).enumerated() {
                losses[i] += Double(value) * count
            }
            losses[losses.count - 1] += count
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
            var logs = Logs()
            let count = losses[losses.count - 1]
            for (name, sum) in zip(lossNames, losses) { logs[name] = count == 0 ? 0 : sum / count }
            for entry in metrics { logs[entry.name] = entry.metric?.result ?? 0 }
            return logs
        }

        /// All sums, as data.
        var sums: [[Double]] {
            get { [losses] + metrics.map { $0.metric?.sums ?? $0.sums ?? [] } }
            set {
                guard newValue.count == metrics.count + 1, newValue[0].count == losses.count else { return }
                losses = newValue[0]
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
        outputs.enumerated().map { Prediction($1, logits: $0 == 0 ? logits : nil, mask: masks[$0]) }
    }
}
