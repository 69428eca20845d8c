import Networks
import Tensors

/// How a step of training changes one weight: its hyper-parameters under Keras' names, and its formula.
///
/// An optimizer is a value and keeps nothing between steps: what it remembers about each weight (its slots) comes in
/// and goes out. What all optimizers share (clipping, decay, averages) stands in ``OptimizerSettings`` and is done by
/// ``apply(_:_:on:to:)`` around the formula. The arithmetic is that of Keras 3 on TensorFlow, in float32.
public protocol Optimizer: Sendable {
    /// Keras' class name.
    static var kerasName: String { get }

    /// The name that Keras gives an optimizer without one, from which the paths of its variables begin.
    static var defaultName: String { get }

    /// What every optimizer of Keras takes besides its own hyper-parameters.
    var settings: OptimizerSettings { get set }

    /// Reads the optimizer from Keras' options.
    init(from options: inout OptionReader) throws(OptionError)

    /// The hyper-parameters of this optimizer alone, as Keras writes them.
    var ownOptions: Options { get }

    /// The whole configuration as Keras writes it.
    var options: Options { get }

    /// Keras 3's names of what is remembered about a weight, in the order of Keras' files.
    ///
    /// The slots of one group stand together for each weight (`momentum`, `velocity`, `momentum`, …); a group follows
    /// when the one before it has ended for all weights.
    func slotGroups(for weight: Shape) -> [[String]]

    /// The slots of a weight before the first step; all zero where an optimizer does not say otherwise.
    func initialSlots(for weight: Tensor) -> [Tensor]

    /// The same optimizer for the trainable weights of these paths, `layer/kernel`, where it treats some otherwise.
    func knowing(paths: [String]) -> Self

    /// Says where these paths leave open which way a weight is treated.
    func check(paths: [String]) throws(ConfigurationError)

    /// Optimizers that have states of their own, where several share the trainable weights; none for most.
    ///
    /// - Parameter count: how many trainable weights there are.
    func parts(of count: Int) -> [OptimizerPart]

    /// The optimizer with the learning rate in force, as it belongs into a file.
    func current(in state: OptimizerState) -> Self

    /// ``slotGroups(for:)`` of the trainable weight of this number.
    func slotGroups(ofWeight number: Int, _ shape: Shape) -> [[String]]

    /// How much the trainable weight of this number decays at each step.
    func weightDecay(ofWeight number: Int, _ shape: Shape) -> Double?

    /// Numbers that belong to the optimizer as a whole, by Keras' names, with their first values.
    var sharedVariables: [(name: String, initial: Float)] { get }

    /// Brings the shared numbers to step `t`, before any weight is updated.
    func advance(_ shared: inout [Float], step t: Int)

    /// Changes a weight and its slots in place: one step of the formula.
    func update(_ weight: inout Tensor, gradient: Tensor, slots: inout [Tensor], at step: OptimizerStep)

    /// What the loss is multiplied by before its gradients are computed.
    func lossScale(_ state: OptimizerState) -> Float

    /// Changes all weights: clips the gradients, decays, updates, averages, and counts the step.
    ///
    /// - Parameters:
    ///   - gradients: one for each trainable weight.
    ///   - visit: calls the closure it is given once for each trainable weight, with its number; called for each of
    ///     ``parts(of:)``.
    func apply(
        _ gradients: [Tensor], _ state: inout OptimizerState, on pool: WorkerPool,
        to visit: (_ update: (Int, inout Tensor) -> Void) -> Void)
}

extension Optimizer {
    public static var defaultName: String { kerasName.lowercased() }

    public var options: Options { Options(settings.options(defaultName: Self.defaultName).pairs + ownOptions.pairs) }

    /// The names of a weight's slots in the order of ``OptimizerState/slots``.
    public func slotNames(for weight: Shape) -> [String] { slotGroups(for: weight).flatMap { $0 } }

    /// The names of the slots of the trainable weight of this number, in the order of ``OptimizerState/slots``.
    public func slotNames(ofWeight number: Int, _ shape: Shape) -> [String] {
        slotGroups(ofWeight: number, shape).flatMap { $0 }
    }

    public func initialSlots(for weight: Tensor) -> [Tensor] {
        slotNames(for: weight.shape).map { _ in Tensor(weight.shape) }
    }

    public func knowing(paths: [String]) -> Self { self }

    public func check(paths: [String]) throws(ConfigurationError) {}

    public func parts(of count: Int) -> [OptimizerPart] { [] }

    public func current(in state: OptimizerState) -> Self {
        var current = self
        if let rate = state.learningRate { current.settings.learningRate = .constant(Double(rate)) }
        return current
    }

    public func slotGroups(ofWeight number: Int, _ shape: Shape) -> [[String]] { slotGroups(for: shape) }

    public func weightDecay(ofWeight number: Int, _ shape: Shape) -> Double? { settings.weightDecay }

    public var sharedVariables: [(name: String, initial: Float)] { [] }

    public func advance(_ shared: inout [Float], step t: Int) {}

    public func lossScale(_ state: OptimizerState) -> Float { Float(settings.lossScaleFactor ?? 1) }
}

/// One of several optimizers that share a model's weights.
public struct OptimizerPart: Sendable {
    public var optimizer: any Optimizer
    /// The numbers of its weights among the trainable ones, in their order.
    public var weights: [Int]

    public init(optimizer: any Optimizer, weights: [Int]) {
        self.optimizer = optimizer
        self.weights = weights
    }
}

/// What an update sees besides the weight, its gradient and its slots.
public struct OptimizerStep: Sendable {
    /// The number of this step, counted from 1: `t` in the formulas.
    public let number: Int
    /// The number of the weight among the trainable ones.
    public internal(set) var weight = 0
    public let learningRate: Float
    /// The shared numbers at this step.
    public let shared: [Float]
    public let pool: WorkerPool

    public init(number: Int, learningRate: Float, shared: [Float] = [], pool: WorkerPool = .shared) {
        self.number = number
        self.learningRate = learningRate
        self.shared = shared
        self.pool = pool
    }

    /// `1 − βᵗ`, computed in float32 as TensorFlow does.
    func correction(_ beta: Double) -> Float { 1 - power(Float(beta), Float(number)) }
}
