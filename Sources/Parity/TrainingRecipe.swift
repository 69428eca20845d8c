import Network

/// How both sides train: the same optimizer, losses and batches.
public struct TrainingRecipe: Hashable, Sendable {
    public var optimizer: OptimizerChoice
    public var objective: Objective
    public var steps: Int
    public var batchSize: Int
    /// What a weight may differ afterwards.
    public var tolerance = Tolerance.trainedWeights

    public init(optimizer: OptimizerChoice, objective: Objective, steps: Int, batchSize: Int = 32) {
        precondition(steps > 0 && batchSize > 0, "training takes at least one step on at least one sample")
        self.optimizer = optimizer
        self.objective = objective
        self.steps = steps
        self.batchSize = batchSize
    }

    /// Which optimizer trains.
    public enum OptimizerChoice: Hashable, Sendable {
        /// The one in the model file, with the state it was saved with.
        case stored
        /// A new one: Keras' class name, and options where they differ from Keras' defaults.
        case fresh(className: String, options: Options)
    }
}
