import Networks
import Tensors

/// All that an optimizer remembers between steps, as data.
///
/// Lists of weights stand in the order of ``Model/trainableWeights``.
public struct OptimizerState: Sendable, Equatable {
    /// How many batches have been seen; Keras' `iteration`.
    public var iterations: Int
    /// The learning rate now; `nil` where a schedule gives it.
    public var learningRate: Float?
    /// For each weight its slots, in the order of ``Optimizer/slotNames(for:)``.
    public var slots: [[Tensor]]
    /// The moving averages of the weights, where they are kept.
    public var averages: [Tensor]
    /// The sums of gradients since the last step, where several batches make one step.
    public var accumulators: [Tensor]
    /// The numbers that belong to the optimizer as a whole.
    public var shared: [Float]
    /// The states of the optimizers that share the weights, in the order of ``Optimizer/parts(of:)``.
    public var parts: [OptimizerState] = []

    public init(
        iterations: Int = 0, learningRate: Float? = nil, slots: [[Tensor]] = [], averages: [Tensor] = [],
        accumulators: [Tensor] = [], shared: [Float] = []
    ) {
        self.iterations = iterations
        self.learningRate = learningRate
        self.slots = slots
        self.averages = averages
        self.accumulators = accumulators
        self.shared = shared
    }
}

extension Optimizer {
    /// The state before the first step.
    public func initialState(for weights: [Tensor]) -> OptimizerState {
        var state = OptimizerState(
            slots: weights.enumerated().map { number, weight in
                let known = initialSlots(for: weight)
                let names = slotNames(ofWeight: number, weight.shape)
                // By its path a weight may have others than by its shape alone; those begin at zero.
                return names.count == known.count ? known : names.map { _ in Tensor(weight.shape) }
            },
            averages: settings.useEMA ? weights.map { Tensor($0.shape) } : [],
            accumulators: settings.gradientAccumulationSteps == nil ? [] : weights.map { Tensor($0.shape) },
            shared: sharedVariables.map(\.initial))
        if case .constant(let rate) = settings.learningRate { state.learningRate = Float(rate) }
        state.parts = parts(of: weights.count).map { part in
            part.optimizer.initialState(for: part.weights.map { weights[$0] })
        }
        return state
    }

    /// The moving averages that are kept, by the numbers of their weights among these many.
    func averages(in state: OptimizerState, of count: Int) -> [Int: Tensor] {
        var averages: [Int: Tensor] = [:]
        if state.iterations > 0 { for (weight, average) in state.averages.enumerated() { averages[weight] = average } }
        for (part, state) in zip(parts(of: count), state.parts) {
            for (place, average) in part.optimizer.averages(in: state, of: part.weights.count) {
                averages[part.weights[place]] = average
            }
        }
        return averages
    }
}

extension Model {
    /// The paths of the trainable weights, `dense/kernel`, as a Keras that has read the model from a file says them.
    ///
    /// (One that has just made a Sequential puts the model's name before them.)
    package var trainablePaths: [String] {
        trainableWeights.map { address in
            let layer = layers[address.layer]
            let own = layer.name.split(separator: "/").last.map(String.init) ?? layer.name
            return own + "/" + layer.specs[address.weight].name
        }
    }
}
