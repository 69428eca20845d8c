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
            slots: weights.map { initialSlots(for: $0) },
            averages: settings.useEMA ? weights.map { Tensor($0.shape) } : [],
            accumulators: settings.gradientAccumulationSteps == nil ? [] : weights.map { Tensor($0.shape) },
            shared: sharedVariables.map(\.initial))
        if case .constant(let rate) = settings.learningRate { state.learningRate = Float(rate) }
        return state
    }
}
