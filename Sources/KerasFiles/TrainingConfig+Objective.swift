import Networks
import Tensors
import Training

extension TrainingConfig {
    /// The configuration of a run, in Keras' words; what has its default options is a name alone.
    public init(optimizer: any Optimizer, objective: Objective, outputNames: [String]) {
        let outputs = objective.outputs
        let losses = outputs.map { Self.value(of: $0.loss) }
        let metrics = outputs.map { OptionValue.array($0.metrics.map(Self.value)) }
        let weighted = outputs.map { OptionValue.array($0.weightedMetrics.map(Self.value)) }
        func byOutput(_ values: [OptionValue]) -> OptionValue { .object(Options(Array(zip(outputNames, values)))) }
        func orNull(_ value: OptionValue) -> OptionValue { value == [] ? nil : value }
        let isSingle = outputs.count == 1
        self.init(
            optimizer: Object(type(of: optimizer).kerasName, optimizer.options),
            loss: isSingle ? losses[0] : byOutput(losses),
            lossWeights: outputs.allSatisfy { $0.weight == 1 }
                ? nil : byOutput(outputs.map { .double(Double($0.weight)) }),
            metrics: isSingle ? orNull(metrics[0]) : byOutput(metrics),
            weightedMetrics: isSingle
                ? orNull(weighted[0]) : outputs.allSatisfy(\.weightedMetrics.isEmpty) ? nil : byOutput(weighted))
    }

    /// The optimizer that is named; `nil` where none is.
    public func makeOptimizer() throws(ConfigurationError) -> (any Optimizer)? {
        guard let optimizer else { return nil }
        return try OptimizerRegistry.standard.optimizer(className: optimizer.className, options: optimizer.options)
    }

    /// The losses and metrics of each output.
    ///
    /// - Parameter outputNames: the names of the layers that the model's outputs come from, in order.
    /// - Returns: `nil` where an output has no loss.
    public func makeObjective(outputNames: [String]) throws(ConfigurationError) -> Objective? {
        let losses = Self.byOutput(loss, outputNames)
        let weights = Self.byOutput(lossWeights, outputNames)
        let metrics = Self.byOutput(metrics, outputNames)
        let weighted = Self.byOutput(weightedMetrics, outputNames)
        var outputs: [Objective.Output] = []
        for position in outputNames.indices {
            guard let loss = try Self.loss(losses[position]) else { return nil }
            outputs.append(
                Objective.Output(
                    loss: loss, weight: Float(weights[position].double ?? 1),
                    metrics: try Self.metrics(metrics[position]),
                    weightedMetrics: try Self.metrics(weighted[position])))
        }
        return Objective(outputs)
    }

    /// What is said for each output, by name, by position, or for all.
    private static func byOutput(_ value: OptionValue, _ names: [String]) -> [OptionValue] {
        if let object = value.object, object["class_name"] == nil { return names.map { object[$0] ?? nil } }
        if names.count > 1, let list = value.array, list.count == names.count { return list }
        return names.map { _ in value }
    }

    private static func loss(_ value: OptionValue) throws(ConfigurationError) -> (any Loss)? {
        if let name = value.string { return try LossRegistry.standard.loss(name) }
        if let list = value.array, list.count == 1 { return try loss(list[0]) }
        guard let object = value.object, let className = object["class_name"]?.string else { return nil }
        return try LossRegistry.standard.loss(className, options: object["config"]?.object ?? Options())
    }

    private static func metrics(_ value: OptionValue) throws(ConfigurationError) -> [MetricChoice] {
        var choices: [MetricChoice] = []
        for entry in value.array ?? [value] {
            if let name = entry.string { choices.append(try MetricRegistry.standard.metric(name)) }
            if let inner = entry.array { choices += try metrics(.array(inner)) }
            guard let object = entry.object, let className = object["class_name"]?.string else { continue }
            let options = object["config"]?.object ?? Options()
            choices.append(try MetricRegistry.standard.metric(className, options: options))
        }
        return choices
    }

    private static func value(of loss: any Loss) -> OptionValue {
        let name = type(of: loss).functionName
        if let plain = try? LossRegistry.standard.loss(name), plain.options == loss.options { return .string(name) }
        return ["class_name": .string(type(of: loss).kerasName), "config": .object(loss.options)]
    }

    private static func value(of choice: MetricChoice) -> OptionValue {
        guard case .metric(let metric) = choice else { return .string(choice.name) }
        let name = type(of: metric).functionName
        if case .metric(let plain) = try? MetricRegistry.standard.metric(name), plain.options == metric.options {
            return .string(name)
        }
        return ["class_name": .string(metric.className), "config": .object(metric.options)]
    }
}
