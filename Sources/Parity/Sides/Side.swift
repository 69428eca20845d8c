import Tensors

/// One of the two that are compared: our runtime, a real Keras, stored numbers, another model file.
public protocol Side: Sendable {
    /// What the side is called, and its versions.
    var description: SideDescription { get }

    /// The outputs for a batch.
    func outputs(_ batch: Batch) throws(ParityError) -> [Tensor]

    /// What every call of every layer gives for a batch.
    func activations(_ batch: Batch) throws(ParityError) -> [LayerOutput]

    /// Loss and gradients of a batch in training mode, with everything random switched off.
    ///
    /// - Parameter losses: one for all outputs or one for each, by the names of Keras' functions.
    func gradients(_ batch: Batch, losses: [String]) throws(ParityError) -> GradientSet

    /// What the losses compare with where the side decides that itself, as stored gradients do.
    func targets(_ range: Range<Int>) -> [Tensor]?

    /// How many samples the side's gradients are of, where it does not compute them.
    var gradientSamples: Int? { get }

    /// A training from the side's weights, with everything random switched off; the side itself stays as it is.
    func training(_ recipe: TrainingRecipe) throws(ParityError) -> any TrainingRun
}

/// A training that goes on batch by batch.
public protocol TrainingRun {
    /// Trains on a batch and gives its loss, as it was before the step.
    mutating func step(_ batch: Batch) throws(ParityError) -> Double

    /// All weights after the last step; `nil` where they are not known at this point.
    func weights() throws(ParityError) -> [WeightKey: Tensor]?
}

/// What a side is called, and what it runs on.
public struct SideDescription: Hashable, Sendable {
    /// In one or two words: `Keras 3.15.1`.
    public var name: String
    /// Whole versions and files, in the order in which they are shown.
    public var details: [Detail]

    public init(name: String, details: [Detail] = []) {
        self.name = name
        self.details = details
    }

    public struct Detail: Hashable, Sendable, Codable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// Some samples, as both sides get them.
public struct Batch: Sendable {
    /// Where the samples stand among all.
    public var range: Range<Int>
    /// The model's inputs, in its order.
    public var inputs: [Tensor]
    /// The right classes, where they are known.
    public var labels: [Int]?
    /// What a loss compares outputs with, where there is one.
    public var targets: [Tensor]

    public init(range: Range<Int>, inputs: [Tensor], labels: [Int]? = nil, targets: [Tensor] = []) {
        self.range = range
        self.inputs = inputs
        self.labels = labels
        self.targets = targets
    }
}

/// Which tensor of a model's graph: an output of a call of a layer.
public struct TensorKey: Hashable, Sendable {
    public var layer: String
    public var call: Int
    public var output: Int

    public init(_ layer: String, call: Int = 0, output: Int = 0) {
        self.layer = layer
        self.call = call
        self.output = output
    }
}

/// What one call of a layer gave.
public struct LayerOutput: Sendable {
    public var key: TensorKey
    public var value: Tensor

    public init(_ key: TensorKey, _ value: Tensor) {
        self.key = key
        self.value = value
    }
}

/// Which weight of a model: its layer, and its place in the layer's weights.
public struct WeightKey: Hashable, Sendable {
    public var layer: String
    public var weight: Int

    public init(_ layer: String, _ weight: Int) {
        self.layer = layer
        self.weight = weight
    }
}

/// A loss and its gradient by every trainable weight.
public struct GradientSet: Sendable {
    public var loss: Double
    public var gradients: [WeightKey: Tensor]

    public init(loss: Double, gradients: [WeightKey: Tensor]) {
        self.loss = loss
        self.gradients = gradients
    }
}

extension Side {
    public func targets(_ range: Range<Int>) -> [Tensor]? { nil }

    public var gradientSamples: Int? { nil }

    public func activations(_ batch: Batch) throws(ParityError) -> [LayerOutput] {
        throw .notAvailable("the layers' activations", side: description.name)
    }

    public func gradients(_ batch: Batch, losses: [String]) throws(ParityError) -> GradientSet {
        throw .notAvailable("gradients", side: description.name)
    }

    public func training(_ recipe: TrainingRecipe) throws(ParityError) -> any TrainingRun {
        throw .notAvailable("training", side: description.name)
    }
}
