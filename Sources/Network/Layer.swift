import Tensors

/// One kind of layer: its options, its shape rule, its weights, and its arithmetic in both directions.
///
/// A layer is a value and never keeps anything between calls; weights come in, and what the backward direction needs
/// goes out, so that two threads can share one layer. `forward` and `backward` are the reference meaning that faster
/// plans are held against. A class of your own becomes a layer by conforming and by being added to a ``LayerRegistry``.
public protocol Layer: Sendable {
    /// The name under which Keras files know this layer: its `class_name`.
    static var kerasName: String { get }

    /// Reads the layer from Keras' options.
    init(from options: inout OptionReader) throws(OptionError)

    /// The options that Keras would write, without `name`, `trainable` and `dtype`, which belong to the model.
    var options: Options { get }

    /// The shapes of the outputs; extents may be ``Shape/unknown``.
    func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape]

    /// The weights, in the order in which Keras stores them.
    func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec]

    /// The shapes of what a call leaves to the next one: Keras' `stateful`.
    func keptStates(for inputs: [Shape]) throws(ShapeError) -> [Shape]

    /// Computes the outputs, and keeps what `backward` needs.
    func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass

    /// Computes the loss' gradients with respect to inputs and weights from those with respect to the outputs.
    func backward(_ outputGradients: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients

    /// The same layer without its closing activation, and that activation; `nil` where nothing can be split off.
    ///
    /// A plan uses it to fuse, and to train cross-entropy from logits instead of probabilities.
    func splittingActivation() -> (layer: any Layer, activation: Activation)?

    /// What the layer's outputs add to the loss of training: Keras' `activity_regularizer`.
    var activityRegularizer: Regularizer? { get }

    /// Whether the layer's calls, or those of layers in it, add to the loss of training.
    var hasActivityLoss: Bool { get }

    /// What one call adds to the loss of training.
    func activityLoss(of pass: Pass, _ weights: [Tensor], _ context: Context) -> Float

    /// How many products with weights one call makes, for inputs of these known shapes.
    func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int

    /// How many numbers one call holds beside its inputs and outputs, about: what the budget of a run is charged.
    func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int

    /// What the layer does with the masks of sequences.
    var maskUse: MaskUse { get }

    /// The inputs whose masks stand behind the inputs, by position: for a layer that reads masks where they reach it.
    var maskedInputs: [Int] { get }

    /// Whether a mask of this input, of so many, is one that the layer reads.
    func readsMask(of input: Int, among count: Int) -> Bool

    /// The same layer with the masks of these inputs behind the inputs, or of those of them that matter to it.
    func readingMasks(of inputs: [Int]) -> any Layer

    /// Whether an output has the mask of the first input.
    func carriesMask(to output: Int) -> Bool
}

extension Layer {
    public func splittingActivation() -> (layer: any Layer, activation: Activation)? { nil }

    public func keptStates(for inputs: [Shape]) throws(ShapeError) -> [Shape] { [] }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int { 0 }

    /// Each kernel once for each place of the output, which is right for Dense and for convolutions.
    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        let kernels = try weights(for: inputs).filter { $0.name.hasSuffix("kernel") && $0.shape.count > 1 }
        guard !kernels.isEmpty, let output = try outputShapes(for: inputs).first else { return 0 }
        let places = ShapeLimits.product(output.dropLast())
        return kernels.reduce(0) { sum, kernel in
            ShapeLimits.sum(sum, ShapeLimits.product(ShapeLimits.product(kernel.shape), places))
        }
    }
}

/// Whether a model predicts or learns.
public enum Mode: Sendable, Hashable { case inference, training }

/// What a layer sees besides its inputs and weights.
public struct Context: Sendable {
    public var mode: Mode
    /// This call's own random numbers: the same for the same seed, step and layer.
    public var random: Random
    public var pool: WorkerPool
    /// Whether the gradient with respect to the inputs is wanted; the first layer's is not.
    public var wantsInputGradients = true
    /// Keras' `trainable` of the layer: a frozen BatchNormalization keeps to its moving statistics even in training.
    public var isTrainable = true
    /// How often the gradients of what outputs add to the loss are counted; 0 leaves them out.
    public var activityScale: Float = 0
    /// What the last call of a stateful layer left; none before the first.
    public var states: [Tensor] = []

    public init(mode: Mode = .inference, random: Random = Random(seed: 0), pool: WorkerPool = .shared) {
        self.mode = mode
        self.random = random
        self.pool = pool
    }
}

/// One forward call: what went in, what came out, and what the way back needs.
public struct Pass: Sendable {
    public var inputs: [Tensor]
    public var outputs: [Tensor]
    /// What `backward` needs beyond inputs, outputs and weights: a mask, the winners of a pool, a batch's statistics.
    public var saved: [Tensor]
    /// New values of weights that the forward direction itself changes (moving statistics), by index.
    public var updates: [Int: Tensor]
    /// What a stateful layer leaves to its next call.
    public var states: [Tensor] = []

    public init(_ inputs: [Tensor], _ outputs: [Tensor], saved: [Tensor] = [], updates: [Int: Tensor] = [:]) {
        self.inputs = inputs
        self.outputs = outputs
        self.saved = saved
        self.updates = updates
    }

    /// The only input of a layer that has one.
    public var x: Tensor { inputs[0] }
    /// The only output of a layer that has one.
    public var y: Tensor { outputs[0] }
}

/// The loss' gradients that one backward call gives.
public struct Gradients: Sendable {
    /// One for each input; `nil` where it was not wanted or cannot exist.
    public var inputs: [Tensor?]
    /// One for each weight; `nil` for weights that no gradient trains.
    public var weights: [Tensor?]

    public init(inputs: [Tensor?], weights: [Tensor?] = []) {
        self.inputs = inputs
        self.weights = weights
    }
}

/// A weight that a layer asks for.
public struct WeightSpec: Hashable, Sendable {
    /// Keras' name of it inside the layer: `kernel`, `moving_mean`.
    public var name: String
    public var shape: Shape
    public var initializer: Initializer
    /// Whether gradients train it: false for moving statistics.
    public var isTrainable: Bool
    /// What the weight adds to the loss of training.
    public var regularizer: Regularizer?
    /// What the weight is brought back to after each step of training.
    public var constraint: Constraint?

    public init(
        _ name: String, _ shape: Shape, _ initializer: Initializer, isTrainable: Bool = true,
        regularizer: Regularizer? = nil, constraint: Constraint? = nil
    ) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.isTrainable = isTrainable
        self.regularizer = regularizer
        self.constraint = constraint
    }
}

/// An input that a layer cannot take.
public struct ShapeError: Error, Hashable, CustomStringConvertible {
    public var layer: String
    public var expected: String
    public var found: [Shape]

    public init(layer: String, expected: String, found: Shape...) {
        self.layer = layer
        self.expected = expected
        self.found = found
    }

    public var description: String {
        "\(layer) expects \(expected), found shape \(found.map(\.description).joined(separator: " and "))"
    }
}
