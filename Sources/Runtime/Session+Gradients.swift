import Networks
import Tensors

/// A forward run in which everything was kept that the way back needs.
public struct Run: Sendable {
    /// The model's outputs: probabilities where the model ends in softmax.
    public let outputs: [Tensor]
    /// The mask of each output that has one: Keras' losses pass over what it hides.
    public let masks: [Tensor?]
    /// The only output before its softmax or sigmoid, where the model ends in one.
    public let logits: Tensor?
    /// What layers add to the loss for their own outputs: Keras' activity regularizers.
    public let activityLoss: Float
    let passes: [Pass]
    /// What layers with `stateful` started from.
    let states: [Int: [Tensor]]
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
        try checkTraining(inputs.map(\.shape))
        try checkBatch(inputs[0].shape[0])
        var passes: [Pass] = []
        let found = run(trainingPlan, inputs) { position, step, arguments in
            let start = observer.start()
            let pass = step.forward(
                arguments, model.layers[step.source.layer].weights,
                context(for: step, mode: mode, random: random, states))
            observer.end(start, .forward, position)
            passes.append(pass)
            return pass.outputs
        }
        var outputs = Array(found.prefix(model.outputs.count))
        var rest = found.dropFirst(outputs.count)
        let masks = outputs.indices.map { index -> Tensor? in
            trainingPlan.masks.indices.contains(index) && trainingPlan.masks[index] != nil ? rest.popFirst() : nil
        }
        var logits: Tensor?
        if let activation = trainingPlan.splitActivation {
            logits = outputs[0]
            outputs[0] = activation(outputs[0], on: pool)
        }
        var activityLoss: Float = 0
        for (step, pass) in zip(trainingPlan.steps, passes) where step.layer.hasActivityLoss {
            activityLoss += step.layer.activityLoss(
                of: split(step, pass, outputs), model.layers[step.source.layer].weights,
                context(for: step, mode: mode, random: random, states))
        }
        return Run(
            outputs: outputs, masks: masks, logits: logits, activityLoss: activityLoss, passes: passes, states: states,
            random: random,
            mode: mode)
    }

    /// A call with the outputs that its layer has in the model, where the plan leaves off their activation.
    private func split(_ step: Plan.Step, _ pass: Pass, _ outputs: [Tensor]) -> Pass {
        guard isSplit(step) else { return pass }
        var whole = pass
        whole.outputs = [outputs[0]]
        return whole
    }

    /// Whether the plan leaves off the activation of this step.
    private func isSplit(_ step: Plan.Step) -> Bool {
        trainingPlan.splitActivation != nil && step.outputs.contains(trainingPlan.outputs[0])
    }

    /// The loss' gradients with respect to every trainable weight, in the order of ``Model/trainableWeights``.
    ///
    /// - Parameter activityScale: how often ``Run/activityLoss`` counts in the loss.
    /// - Precondition: the run is one of this model, and gradients have the shapes of what they are of.
    public func backward(_ run: Run, _ start: OutputGradients, activityScale: Float = 0) -> [Tensor] {
        backward(run, start, activityScale: activityScale, observer: nil)
    }

    func backward(
        _ run: Run, _ start: OutputGradients, activityScale: Float = 0, observer: StepObserver?
    ) -> [Tensor] {
        var gradients = Slots(trainingPlan)
        switch start {
        case .outputs(let tensors):
            precondition(
                tensors.map(\.shape) == run.outputs.map(\.shape), "a gradient for each output, of the output's shape")
        case .logits(let tensor):
            precondition(tensor.shape == run.logits?.shape, "a gradient of the shape of the logits")
        }
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
            let addsLoss = activityScale != 0 && step.layer.hasActivityLoss
            guard step.wantsInputGradients || step.wantsWeightGradients,
                addsLoss || step.outputs.contains(where: { gradients[$0] != nil })
            else { continue }
            var context = context(for: step, mode: run.mode, random: run.random, run.states)
            context.activityScale = activityScale
            var dy = pass.outputs.enumerated().map { position, output in
                (position < step.outputs.count ? gradients[step.outputs[position]] : nil) ?? Tensor(output.shape)
            }
            for slot in step.outputs { gradients[slot] = nil }
            let entry = model.layers[step.source.layer]
            if addsLoss { dy = addingActivityGradients(to: dy, step, pass, run, context) }
            let begin = observer.start()
            let found = step.backward(dy, pass, entry.weights, context)
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

    /// The gradients of a step's outputs with those of what its layer adds to the loss.
    private func addingActivityGradients(
        to dy: [Tensor], _ step: Plan.Step, _ pass: Pass, _ run: Run, _ context: Context
    ) -> [Tensor] {
        guard isSplit(step), let activation = trainingPlan.splitActivation, let logits = run.logits else {
            return step.layer.addingActivityGradients(to: dy, of: pass, context)
        }
        let own = step.layer.addingActivityGradients(
            to: [Tensor(dy[0].shape)], of: split(step, pass, run.outputs), context)
        return [adding(dy[0], activation.gradient(own[0], x: logits, y: run.outputs[0], on: pool), on: pool)]
    }

    /// Takes over the moving statistics that a training run computed, and the states in which its batch ended.
    public mutating func applyUpdates(of run: Run) {
        keepStates(of: run)
        for (step, pass) in zip(trainingPlan.steps, run.passes) {
            for (weight, value) in pass.updates { model.layers[step.source.layer].weights[weight] = value }
        }
    }

    /// Takes over the states in which the batch of a run ended.
    public mutating func keepStates(of run: Run) {
        for (step, pass) in zip(trainingPlan.steps, run.passes) where states[step.source.layer] != nil {
            states[step.source.layer] = pass.states
        }
    }

    /// Changes trainable weights in place, in the order of ``Model/trainableWeights``.
    public mutating func updateWeights(_ update: (Int, inout Tensor) -> Void) {
        for (position, address) in model.trainableWeights.enumerated() {
            let shape = model[address].shape
            update(position, &model.layers[address.layer].weights[address.weight])
            precondition(model[address].shape == shape, "an update made another shape of a weight of \(shape)")
        }
    }

    private func context(
        for step: Plan.Step, mode: Mode, random: Random, _ states: [Int: [Tensor]]
    ) -> Context {
        let stream = random.stream(UInt64(step.randomness.layer)).stream(UInt64(step.randomness.call))
        var context = Context(mode: mode, random: stream, pool: pool)
        context.wantsInputGradients = step.wantsInputGradients
        context.isTrainable = model.layers[step.source.layer].isTrainable
        context.states = states[step.source.layer] ?? []
        return context
    }

    /// The sum of the gradients that reach one tensor on several ways.
    private func accumulate(_ gradient: Tensor, into sum: inout Tensor?) {
        sum = sum.map { adding($0, gradient, on: pool) } ?? gradient
    }
}
