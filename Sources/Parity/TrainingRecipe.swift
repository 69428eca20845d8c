import Networks

/// How both sides train: the same optimizer, losses and batches.
public struct TrainingRecipe: Hashable, Sendable {
    public var optimizer: OptimizerChoice
    /// One for all outputs or one for each, by the names of Keras' functions.
    public var losses: [String]
    public var steps: Int
    public var batchSize: Int
    /// What a weight may differ afterwards.
    public var tolerance = Tolerance.trainedWeights

    public init(optimizer: OptimizerChoice, losses: [String], steps: Int, batchSize: Int = 32) {
        precondition(steps > 0 && batchSize > 0, "training takes at least one step on at least one sample")
        self.optimizer = optimizer
        self.losses = losses
        self.steps = steps
        self.batchSize = batchSize
    }

    /// Whether another recipe trains in the same way, whatever is allowed to differ afterwards.
    func isSame(as other: TrainingRecipe) -> Bool {
        var other = other
        other.tolerance = tolerance
        return self == other
    }

    /// Which optimizer trains.
    public enum OptimizerChoice: Hashable, Sendable {
        /// The one in the model file, with the state it was saved with.
        case stored
        /// A new one: Keras' class name, and options where they differ from Keras' defaults.
        case fresh(className: String, options: Options)
    }
}
