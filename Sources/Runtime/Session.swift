import Networks
import Tensors

/// Runs a model: predicts, and computes gradients for who trains it.
///
/// A session is a value: copies share weights until one of them changes its own. Prediction changes nothing, so many
/// tasks may use one session at once. The results are the same, bit for bit, for any number of threads.
public struct Session: Sendable {
    public internal(set) var model: Model {
        didSet { prepared = PreparedPlans() }
    }
    public let pool: WorkerPool
    /// The steps in which the model predicts.
    public let plan: Plan
    let trainingPlan: Plan
    private let layerPlan: Plan
    private var prepared = PreparedPlans()

    /// Prepares a model for running.
    ///
    /// - Parameters:
    ///   - pool: the threads that share the work; all cores by default.
    ///   - plans: `.layers` runs layer by layer, nothing fused, folded or prepared: the plain meaning, for who doubts the
    ///     other; nil chooses for each use what is fastest.
    public init(_ model: Model, pool: WorkerPool = .shared, plans: Plan.Purpose? = nil) {
        self.model = model
        self.pool = pool
        plan = Plan(model, for: plans ?? .prediction)
        trainingPlan = Plan(model, for: plans ?? .training)
        layerPlan = Plan(model, for: .layers)
    }

    /// The model's outputs for these inputs, computed `batchSize` samples at a time.
    ///
    /// The counterpart of `keras.Model.predict`.
    ///
    /// - Parameter inputs: one tensor for each input of the model, `[samples] + sample shape`.
    /// - Throws: ``InputError`` where the inputs do not fit the model.
    public func predict(_ inputs: [Tensor], batchSize: Int = 128) throws(InputError) -> [Tensor] {
        try model.check(inputs)
        precondition(batchSize > 0, "a batch holds at least one sample")
        let count = inputs[0].shape[0]
        let batchSize = min(batchSize, portion(of: inputs))
        guard count > batchSize else { return run(inputs) }
        var parts: [[Tensor]] = []
        for start in stride(from: 0, to: count, by: batchSize) {
            let range = start..<min(count, start + batchSize)
            parts.append(run(inputs.map { $0.samples(range) }))
        }
        return model.outputs.indices.map { output in Tensor(concatenatingSamples: parts.map { $0[output] }) }
    }

    /// The output of every call of every layer for one batch, for who compares layers or looks inside.
    ///
    /// Runs layer by layer, nothing fused: these are the numbers that prediction is held against.
    public func activations(_ inputs: [Tensor]) throws(InputError) -> [Source: Tensor] {
        try model.check(inputs)
        let context = Context(mode: .inference, pool: pool)
        var values: [Source: Tensor] = [:]
        _ = run(layerPlan, inputs) { _, step, arguments in
            let outputs = step.forward(arguments, model.layers[step.source.layer].weights, context).outputs
            for (output, tensor) in outputs.enumerated() {
                values[Source(layer: step.source.layer, call: step.source.call, output: output)] = tensor
            }
            return outputs
        }
        return values
    }

    /// Runs all steps of prediction.
    private func run(_ inputs: [Tensor]) -> [Tensor] {
        run(plan, inputs, predicting(inputs.map(\.shape.sample)))
    }

    /// How prediction computes a step for inputs of these sizes, with what was prepared for them.
    func predicting(_ shapes: [Shape]) -> (Int, Plan.Step, [Tensor]) -> [Tensor] {
        let context = Context(mode: .inference, pool: pool)
        let known = prepared.steps(for: shapes)
        var made: [PreparedStep?] = []
        return { position, step, arguments in
            var ready = known?[position]
            if known == nil {
                ready = step.chain?.prepared(step, in: model, for: arguments[0].shape, on: pool)
                made.append(ready)
                if made.count == plan.steps.count { prepared.keep(made, for: shapes) }
            }
            return ready.map { [$0(arguments[0], on: pool)] } ?? plain(step, arguments, context)
        }
    }

    /// Runs the steps of a plan in order, letting go of each tensor after its last use.
    func run(
        _ plan: Plan, _ inputs: [Tensor], _ compute: (Int, Plan.Step, [Tensor]) -> [Tensor]
    ) -> [Tensor] {
        var slots = Slots(plan)
        for (position, step) in plan.steps.enumerated() {
            let outputs = compute(position, step, slots.arguments(of: step, inputs))
            for slot in step.lastUses { slots[slot] = nil }
            for (slot, tensor) in zip(step.outputs, outputs) { slots[slot] = tensor }
        }
        return plan.outputs.map { slots.value($0) }
    }

    /// A step by its layers, one after another.
    func plain(_ step: Plan.Step, _ inputs: [Tensor], _ context: Context) -> [Tensor] {
        var tensors = inputs
        for source in step.sources {
            let entry = model.layers[source.layer]
            tensors = entry.layer.forward(tensors, entry.weights, context).outputs
        }
        return tensors
    }
}

/// The tensors of one run, by slot.
struct Slots {
    private var tensors: [Tensor?]

    init(_ plan: Plan) { tensors = Array(repeating: nil, count: plan.slotCount) }

    subscript(slot: Int) -> Tensor? {
        get { tensors[slot] }
        set { tensors[slot] = newValue }
    }

    /// A tensor that an earlier step of the plan has written.
    func value(_ slot: Int) -> Tensor {
        guard let tensor = tensors[slot] else { preconditionFailure("slot \(slot) is read before it is written") }
        return tensor
    }

    /// The tensors that a step takes: those of the graph, or one of the model's own inputs.
    func arguments(of step: Plan.Step, _ inputs: [Tensor]) -> [Tensor] {
        if let position = step.modelInput { return [inputs[position]] }
        return step.inputs.map(value)
    }
}

extension Model {
    /// Holds inputs against the model's input layers.
    func check(_ given: [Tensor]) throws(InputError) {
        guard given.count == inputs.count else {
            throw .count(expected: inputs.map { layers[$0].name }, found: given.count)
        }
        for (index, tensor) in zip(inputs, given) {
            guard let expected = (layers[index].layer as? InputLayer)?.batchShape else { continue }
            let fits =
                tensor.shape.count == expected.count
                && zip(tensor.shape, expected).dropFirst().allSatisfy { $1 == Shape.unknown || $0 == $1 }
            guard fits else { throw .shape(input: layers[index].name, expected: expected, found: tensor.shape) }
            guard tensor.shape[0] == given[0].shape[0] else {
                throw .samples(input: layers[index].name, expected: given[0].shape[0], found: tensor.shape[0])
            }
        }
    }
}

/// Inputs that do not fit a model.
public enum InputError: Error, Hashable, CustomStringConvertible {
    case count(expected: [String], found: Int)
    case shape(input: String, expected: Shape, found: Shape)
    case samples(input: String, expected: Int, found: Int)

    public var description: String {
        switch self {
        case .count(let expected, let found):
            "the model takes \(expected.count) input(s) (\(expected.joined(separator: ", "))), found \(found)"
        case .shape(let input, let expected, let found):
            "input \"\(input)\" expects shape \(expected), found \(found)"
        case .samples(let input, let expected, let found):
            "input \"\(input)\" has \(found) samples, the first input has \(expected)"
        }
    }
}
