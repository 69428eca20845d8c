import Tensors

/// What a recurrent layer does at one time step; Keras' cells.
///
/// A cell is a value, as a layer is: states come in and go out.
public protocol RecurrentCell: Sendable {
    /// The cell's `class_name` in Keras files.
    static var kerasName: String { get }

    init(from options: inout OptionReader) throws(OptionError)

    /// The cell's options, without `name`, `trainable` and `dtype`.
    var options: Options { get }

    /// The states' shapes without the batch axis, for an input `[batch, …]` of one step; the first is the output's.
    func stateShapes(for input: Shape) throws(ShapeError) -> [Shape]

    /// The shape of one step's output without the batch axis.
    func outputShape(for input: Shape) throws(ShapeError) -> Shape

    func weights(for input: Shape) throws(ShapeError) -> [WeightSpec]

    /// All of these at once, for cells that hold cells: each is asked once.
    func shapes(for input: Shape) throws(ShapeError) -> CellShapes

    /// What the input and the state are multiplied by, the same at all steps of one call; `nil` where nothing is.
    func dropoutMasks(input: Shape, _ context: Context) -> [Tensor?]

    /// How many numbers one step holds beside its input, states and what it saves, about.
    func temporaries(for input: Shape) throws(ShapeError) -> Int

    /// How many tensors one step saves.
    var savedCount: Int { get }

    /// One step.
    func step(_ x: Tensor, _ states: [Tensor], _ weights: [Tensor], _ masks: [Tensor?], on pool: WorkerPool) -> CellStep

    /// The way back through one step: adds to the weights' gradients, and gives those of the input and the old states.
    func back(
        _ dOutput: Tensor, _ dStates: [Tensor], _ call: CellCall, _ weights: [Tensor],
        _ gradients: inout [Tensor], on pool: WorkerPool
    ) -> (input: Tensor, states: [Tensor])
}

extension RecurrentCell {
    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { try stateShapes(for: input)[0] }

    public func temporaries(for input: Shape) throws(ShapeError) -> Int { 0 }

    public func shapes(for input: Shape) throws(ShapeError) -> CellShapes {
        CellShapes(
            output: try outputShape(for: input), states: try stateShapes(for: input), weights: try weights(for: input),
            maskCount: dropoutMasks(input: input, Context()).count)
    }
}

/// What a cell makes of an input of one step, without the batch axis.
public struct CellShapes: Sendable {
    public var output: Shape
    public var states: [Shape]
    public var weights: [WeightSpec]
    /// How many masks of dropout the cell takes.
    public var maskCount: Int
}

/// What one step of a cell gives.
public struct CellStep: Sendable {
    public var output: Tensor
    public var states: [Tensor]
    /// What the way back needs beyond input, states and weights.
    public var saved: [Tensor]

    public init(output: Tensor, states: [Tensor], saved: [Tensor]) {
        self.output = output
        self.states = states
        self.saved = saved
    }
}

/// One step of a cell that was done: what went in and what came out.
public struct CellCall: Sendable {
    public var x: Tensor
    public var states: [Tensor]
    public var masks: [Tensor?]
    public var step: CellStep
}

/// The options that the cells of Keras share: activations, weights, dropout.
public struct CellOptions: Hashable, Sendable {
    public var activation: Activation
    public var useBias: Bool
    public var kernel: WeightOptions
    public var recurrent: WeightOptions
    public var bias: WeightOptions
    /// The fraction of the input's elements that training drops.
    public var dropout: Double
    /// The fraction of the state's elements that training drops.
    public var recurrentDropout: Double
    public var seed: Int?

    public init(
        activation: Activation = .tanh, useBias: Bool = true, kernel: WeightOptions = WeightOptions(.glorotUniform),
        recurrent: WeightOptions = WeightOptions(.orthogonal(gain: 1)), bias: WeightOptions = WeightOptions(.zeros),
        dropout: Double = 0, recurrentDropout: Double = 0, seed: Int? = nil
    ) {
        self.activation = activation
        self.useBias = useBias
        self.kernel = kernel
        self.recurrent = recurrent
        self.bias = bias
        self.dropout = dropout
        self.recurrentDropout = recurrentDropout
        self.seed = seed
    }

    init(from options: inout OptionReader) throws(OptionError) {
        activation = try options.activation(default: .tanh)
        useBias = try options.bool("use_bias", default: true)
        kernel = try options.weight("kernel", default: .glorotUniform)
        recurrent = try options.weight("recurrent", default: .orthogonal(gain: 1))
        bias = try options.weight("bias", default: .zeros)
        dropout = try options.fraction("dropout")
        recurrentDropout = try options.fraction("recurrent_dropout")
        seed = try options.seed()
        options.ignore("implementation")  // 1 and 2 compute the same
    }

    /// The options with those of one cell's own after the activation.
    func options(_ own: Options) -> Options {
        var options: Options = ["activation": activation.optionValue]
        for (name, value) in own.pairs { options[name] = value }
        options["use_bias"] = .bool(useBias)
        options.append(weights: [("kernel", kernel), ("recurrent", recurrent), ("bias", bias)])
        options["dropout"] = .double(dropout)
        options["recurrent_dropout"] = .double(recurrentDropout)
        options["seed"] = seed.map { .int($0) } ?? .null
        return options
    }

    /// One mask for the input and one for the state, in training.
    func masks(input: Shape, state: Shape, _ context: Context) -> [Tensor?] {
        guard context.mode == .training else { return [nil, nil] }
        let random = context.random(seed)
        func mask(_ shape: Shape, _ rate: Double, _ stream: UInt64) -> Tensor? {
            guard rate > 0 else { return nil }
            return dropoutMask(shape, rate: rate, random.stream(stream), on: context.pool)
        }
        return [mask(input, dropout, 1), mask(state, recurrentDropout, 2)]
    }
}

extension OptionReader {
    /// A fraction from 0 to 1, 0 by default.
    mutating func fraction(_ name: String) throws(OptionError) -> Double {
        try optional(name, "a number from 0 to 1") { value in
            value.double.flatMap { (0...1).contains($0) ? $0 : nil }
        } ?? 0
    }
}

/// `x · mask`, where there is a mask.
func masked(_ x: Tensor, _ mask: Tensor?, on pool: WorkerPool) -> Tensor {
    mask.map { multiplying(x, $0, on: pool) } ?? x
}

/// Adds a gradient to the sum at one place.
func accumulate(_ gradient: Tensor, at index: Int, of sums: inout [Tensor], on pool: WorkerPool) {
    sums[index] = adding(sums[index], gradient, on: pool)
}
