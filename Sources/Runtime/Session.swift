import Networks
import Tensors

/// Runs a model: predicts, and computes gradients for who trains it.
///
/// A session is a value: copies share weights until one of them changes its own. Prediction changes nothing, so many
/// tasks may use one session at once. The results are the same, bit for bit, for any number of threads.
///
/// The states of recurrent layers with `stateful` live here: ``predictOn(_:)`` and training move them on.
public struct Session: Sendable {
    public internal(set) var model: Model {
        didSet { prepared = PreparedPlans() }
    }
    public let pool: WorkerPool
    /// The steps in which the model predicts.
    public let plan: Plan
    let trainingPlan: Plan
    let layerPlan: Plan
    private var prepared = PreparedPlans()
    let checked = CheckedShapes()
    /// What one run may take.
    public let limits: RunLimits
    /// What each layer with `stateful` keeps from batch to batch, by its index in the model.
    public internal(set) var states: [Int: [Tensor]]
    private let initialStates: [Int: [Tensor]]
    /// How many samples each batch has, where states are kept from one to the next.
    let fixedBatch: Int?

    /// Prepares a model for running.
    ///
    /// - Parameters:
    ///   - pool: the threads that share the work; all cores by default.
    ///   - plans: `.layers` runs layer by layer, nothing fused, folded or prepared: the plain meaning, for who doubts the
    ///     other; nil chooses for each use what is fastest.
    ///   - limits: what one run may take of the machine's memory.
    /// - Precondition: the model's graph has no cycle, see ``Model/validate()``.
    public init(
        _ model: Model, pool: WorkerPool = .shared, plans: Plan.Purpose? = nil, limits: RunLimits = .current
    ) {
        self.model = model
        self.pool = pool
        self.limits = limits
        plan = Plan(model, for: plans ?? .prediction)
        trainingPlan = Plan(model, for: plans ?? .training)
        layerPlan = Plan(model, for: .layers)
        // A model that does not fit together throws when it is built.
        let kept = (try? model.keptStates()) ?? [:]
        fixedBatch = kept.values.first?.first?.first
        initialStates = kept.mapValues { $0.map { Tensor($0) } }
        states = initialStates
    }

    /// The model's outputs for these inputs, computed `batchSize` samples at a time.
    ///
    /// The counterpart of `keras.Model.predict`. Where layers keep states, a batch is as large as the model says and
    /// starts where the one before it ended, the first where this session stands; the session itself stays there.
    ///
    /// - Parameter inputs: one tensor for each input of the model, `[samples] + sample shape`.
    /// - Throws: ``InputError`` where the inputs do not fit the model.
    public func predict(_ inputs: [Tensor], batchSize: Int = 128) throws(InputError) -> [Tensor] {
        var next = states
        return try predict(inputs, batchSize: batchSize, from: &next)
    }

    /// The same for inputs that are read as they are asked for: memory follows the batch, not the inputs.
    ///
    /// - Parameters:
    ///   - shapes: `[samples] + sample shape` of each input of the model.
    ///   - samples: one tensor for each input, for a range of samples; ranges follow upon each other.
    /// - Throws: ``InputError`` where the inputs do not fit the model.
    public func predict(
        shapes: [Shape], batchSize: Int = 128, samples: (Range<Int>) -> [Tensor]
    ) throws(InputError) -> [Tensor] {
        var next = states
        return try predict(shapes, batchSize: batchSize, from: &next, samples)
    }

    /// The model's outputs for these inputs, after which the layers with `stateful` keep their states.
    ///
    /// The counterpart of `keras.Model.predict` for such models.
    public mutating func predictOn(_ inputs: [Tensor]) throws(InputError) -> [Tensor] {
        var next = states
        let outputs = try predict(inputs, batchSize: 128, from: &next)
        states = next
        return outputs
    }

    /// Lets every layer with `stateful` start from zeros again: Keras' `reset_states`.
    public mutating func resetStates() { states = initialStates }

    private func predict(
        _ inputs: [Tensor], batchSize: Int, from states: inout [Int: [Tensor]]
    ) throws(InputError) -> [Tensor] {
        try predict(inputs.map(\.shape), batchSize: batchSize, from: &states) { range in
            inputs.map { range.count == $0.shape[0] ? $0 : $0.samples(range) }
        }
    }

    private func predict(
        _ shapes: [Shape], batchSize: Int, from states: inout [Int: [Tensor]], _ samples: (Range<Int>) -> [Tensor]
    ) throws(InputError) -> [Tensor] {
        try model.check(shapes)
        guard batchSize > 0 else { throw .batchSize(batchSize) }
        let count = shapes[0][0]
        let batchSize = try fittingBatch(shapes, asked: fixedBatch ?? min(batchSize, portion(of: shapes)))
        guard count > batchSize else {
            try checkBatch(count)
            return run(samples(0..<count), from: &states)
        }
        var parts: [[Tensor]] = []
        for start in stride(from: 0, to: count, by: batchSize) {
            let range = start..<min(count, start + batchSize)
            try checkBatch(range.count)
            parts.append(run(samples(range), from: &states))
        }
        return model.outputs.indices.map { output in Tensor(concatenatingSamples: parts.map { $0[output] }) }
    }

    /// Makes sure that a batch is as large as the states that layers keep.
    func checkBatch(_ count: Int) throws(InputError) {
        if let fixedBatch, count != fixedBatch { throw .batch(expected: fixedBatch, found: count) }
    }

    /// The output of every call of every layer for one batch, for who compares layers or looks inside.
    ///
    /// Runs layer by layer, nothing fused: these are the numbers that prediction is held against.
    public func activations(_ inputs: [Tensor]) throws(InputError) -> [Source: Tensor] {
        // All activations are kept, as in training.
        try checkTraining(inputs.map(\.shape))
        let context = Context(mode: .inference, pool: pool)
        var values: [Source: Tensor] = [:]
        try checkBatch(inputs[0].shape[0])
        _ = run(layerPlan, inputs) { _, step, arguments in
            var context = context
            context.states = states[step.source.layer] ?? []
            let outputs = step.forward(arguments, model.layers[step.source.layer].weights, context).outputs
            for (output, tensor) in outputs.enumerated() {
                values[Source(layer: step.source.layer, call: step.source.call, output: output)] = tensor
            }
            return outputs
        }
        return values
    }

    /// Runs all steps of prediction, from these states to the next.
    private func run(_ inputs: [Tensor], from states: inout [Int: [Tensor]]) -> [Tensor] {
        let compute = predicting(inputs.map(\.shape.sample))
        guard !states.isEmpty else { return Array(run(plan, inputs, compute).prefix(model.outputs.count)) }
        var next = states
        let outputs = run(plan, inputs) { position, step, arguments in
            let layer = step.source.layer
            guard let own = states[layer] else { return compute(position, step, arguments) }
            var context = Context(mode: .inference, pool: pool)
            context.states = own
            let pass = step.layer.forward(arguments, model.layers[layer].weights, context)
            next[layer] = pass.states
            return pass.outputs
        }
        states = next
        return Array(outputs.prefix(model.outputs.count))
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
    ///
    /// - Returns: the model's outputs, then those masks of theirs that the plan keeps.
    func run(
        _ plan: Plan, _ inputs: [Tensor], _ compute: (Int, Plan.Step, [Tensor]) -> [Tensor]
    ) -> [Tensor] {
        var slots = Slots(plan)
        for (position, step) in plan.steps.enumerated() {
            let outputs = compute(position, step, slots.arguments(of: step, inputs))
            for slot in step.lastUses { slots[slot] = nil }
            for (slot, tensor) in zip(step.outputs, outputs) { slots[slot] = tensor }
        }
        return (plan.outputs + plan.masks.compactMap { $0 }).map { slots.value($0) }
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
    func check(_ given: [Shape]) throws(InputError) {
        guard given.count == inputs.count, !inputs.isEmpty else {
            throw .count(expected: inputs.map { layers[$0].name }, found: given.count)
        }
        for (index, shape) in zip(inputs, given) where shape.isEmpty || shape.contains(0) {
            throw .empty(input: layers[index].name, found: shape)
        }
        for (index, shape) in zip(inputs, given) {
            guard let expected = (layers[index].layer as? InputLayer)?.batchShape else { continue }
            let fits =
                shape.count == expected.count
                && zip(shape, expected).dropFirst().allSatisfy { $1 == Shape.unknown || $0 == $1 }
            guard fits else { throw .shape(input: layers[index].name, expected: expected, found: shape) }
            guard shape[0] == given[0][0] else {
                throw .samples(input: layers[index].name, expected: given[0][0], found: shape[0])
            }
        }
    }
}

/// Inputs that do not fit a model.
public enum InputError: Error, Hashable, CustomStringConvertible {
    case count(expected: [String], found: Int)
    case shape(input: String, expected: Shape, found: Shape)
    case samples(input: String, expected: Int, found: Int)
    case batch(expected: Int, found: Int)
    /// An input without elements.
    case empty(input: String, found: Shape)
    /// A batch size below 1.
    case batchSize(Int)
    /// What came in does not fit a layer behind the inputs.
    case layer(ShapeError)
    /// A run that would take more memory than ``RunLimits/activationBytes``.
    case activations(samples: Int, needed: Int, limit: Int)

    public var description: String {
        switch self {
        case .count(let expected, let found):
            "the model takes \(expected.count) input(s) (\(expected.joined(separator: ", "))), found \(found)"
        case .shape(let input, let expected, let found):
            "input \"\(input)\" expects shape \(expected), found \(found)"
        case .samples(let input, let expected, let found):
            "input \"\(input)\" has \(found) samples, the first input has \(expected)"
        case .batch(let expected, let found):
            "a batch has \(found) samples; layers with stateful keep states for \(expected): give a multiple of that"
        case .empty(let input, let found):
            "input \"\(input)\" expects at least one sample with at least one element, found shape \(found)"
        case .batchSize(let found): "a batch holds at least one sample, found a batch size of \(found)"
        case .layer(let error): error.description
        case .activations(let samples, let needed, let limit):
            "running the model for \(samples) sample(s) takes about \(needed) bytes of activations, "
                + "above the limit of \(limit) for activations"
        }
    }
}
