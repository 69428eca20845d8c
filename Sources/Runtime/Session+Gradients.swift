import Networks
import Tensors

/// A forward run in which everything was kept that the way back needs.
public struct Run: Sendable {
    /// The model's outputs: probabilities where the model ends in softmax.
    public let outputs: [Tensor]
    /// The only output before its softmax or sigmoid, where the model ends in one.
    public let logits: Tensor?
    let passes: [Pass]
    let random: Random
    let mode: Mode
}

/// Where the way back begins.
public enum OutputGradients: Sendable {
    /// The loss' gradients with respect to the outputs.
    case outputs([Tensor])
    /// The loss' gradient with respect to ``Run/logits``.
    case logits(Tensor)
}

extension Session {
    /// The activation between ``Run/logits`` and the model's only output, where there is one to leave off.
    public var finalActivation: Activation? { trainingPlan.splitActivation }

    /// Runs forward and keeps what ``backward(_:_:)`` needs.
    ///
    /// - Parameters:
    ///   - mode: `.training` for dropout and batch statistics.
    ///   - random: this step's random numbers; each layer's call derives a stream of its own.
    public func forward(_ inputs: [Tensor], mode: Mode, random: Random = Random(seed: 0)) throws(InputError) -> Run {
        try forward(inputs, mode: mode, random: random, observer: nil)
    }

    func forward(
        _ inputs: [Tensor], mode: Mode, random: Random, observer: StepObserver?
    ) throws(InputError) -> Run {
        try model.check(inputs)
        var passes: [Pass] = []
        var outputs = run(trainingPlan, inputs) { position, step, arguments in
            let start = observer.start()
            let pass = step.forward(
                arguments, model.layers[step.source.layer].weights, context(for: step, mode: mode, random: random))
            observer.end(start, .forward, position)
            passes.append(pass)
            return pass.outputs
        }
        var logits: Tensor?
        if let activation = trainingPlan.splitActivation {
            logits = outputs[0]
            outputs[0] = activation(outputs[0], on: pool)
        }
        return Run(outputs: outputs, logits: logits, passes: passes, random: random, mode: mode)
    }

    /// The loss' gradients with respect to every trainable weight, in the order of ``Model/trainableWeights``.
    public func backward(_ run: Run, _ start: OutputGradients) -> [Tensor] { backward(run, start, observer: nil) }

    func backward(_ run: Run, _ start: OutputGradients, observer: StepObserver?) -> [Tensor] {
        var gradients = Slots(trainingPlan)
        switch (start, trainingPlan.splitActivation) {
        case (.logits(let gradient), .some): gradients[trainingPlan.outputs[0]] = gradient
        case (.outputs(let tensors), .some(let activation)):
            guard let logits = run.logits else { preconditionFailure("a split run has logits") }
            gradients[trainingPlan.outputs[0]] = activation.gradient(
                tensors[0], x: logits, y: run.outputs[0], on: pool)
        case (.outputs(let tensors), .none):
            for (slot, tensor) in zip(trainingPlan.outputs, tensors) { accumulate(tensor, into: &gradients[slot]) }
        case (.logits, .none): preconditionFailure("the model does not end in an activation that could be left off")
        }

        var weights: [WeightAddress: Tensor] = [:]
        for (position, (step, pass)) in zip(trainingPlan.steps, run.passes).enumerated().reversed() {
            guard step.wantsInputGradients || step.wantsWeightGradients,
                step.outputs.contains(where: { gradients[$0] != nil })
            else { continue }
            let dy = pass.outputs.enumerated().map { position, output in
                (position < step.outputs.count ? gradients[step.outputs[position]] : nil) ?? Tensor(output.shape)
            }
            for slot in step.outputs { gradients[slot] = nil }
            let entry = model.layers[step.source.layer]
            let begin = observer.start()
            let found = step.backward(
                dy, pass, entry.weights, context(for: step, mode: run.mode, random: run.random))
            observer.end(begin, .backward, position)
            if step.wantsInputGradients {
                for (slot, gradient) in zip(step.inputs, found.inputs) {
                    if let gradient { accumulate(gradient, into: &gradients[slot]) }
                }
            }
            guard step.wantsWeightGradients else { continue }
            for (position, gradient) in found.weights.enumerated() where entry.specs[position].isTrainable {
                guard let gradient else { continue }
                accumulate(gradient, into: &weights[WeightAddress(layer: step.source.layer, weight: position)])
            }
        }
        return model.trainableWeights.map { weights[$0] ?? Tensor(model[$0].shape) }
    }

    /// Takes over the moving statistics that a training run computed.
    public mutating func applyUpdates(of run: Run) {
        for (step, pass) in zip(trainingPlan.steps, run.passes) {
            for (weight, value) in pass.updates { model.layers[step.source.layer].weights[weight] = value }
        }
    }

    /// Changes trainable weights in place, in the order of ``Model/trainableWeights``.
    public mutating func updateWeights(_ update: (Int, inout Tensor) -> Void) {
        for (position, address) in model.trainableWeights.enumerated() {
            update(position, &model.layers[address.layer].weights[address.weight])
        }
    }

    private func context(for step: Plan.Step, mode: Mode, random: Random) -> Context {
        let stream = random.stream(UInt64(step.randomness.layer)).stream(UInt64(step.randomness.call))
        var context = Context(mode: mode, random: stream, pool: pool)
        context.wantsInputGradients = step.wantsInputGradients
        context.isTrainable = model.layers[step.source.layer].isTrainable
        return context
    }

    /// The sum of the gradients that reach one tensor on several ways.
    private func accumulate(_ gradient: Tensor, into sum: inout Tensor?) {
        sum = sum.map { adding($0, gradient, on: pool) } ?? gradient
    }
}
