import Tensors

/// The difference of two inputs: `y = x₁ − x₂`; Keras' `Subtract`.
///
/// Inputs are repeated to one shape as ``ElementwiseMerge`` says.
public struct Subtract: ElementwiseMerge {
    public static let kerasName = "Subtract"
    public static let broadcasts = true
    public static var inputCount: (words: String, allows: @Sendable (Int) -> Bool) { ("two inputs", { $0 == 2 }) }

    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init() {}

    public func merged(_ x: [Tensor], on pool: WorkerPool) -> Tensor { subtracting(x[0], x[1], on: pool) }

    // MARK: dx₁ = dy,  dx₂ = −dy

    public func gradients(_ dy: Tensor, _ x: [Tensor], on pool: WorkerPool) -> [Tensor] {
        [dy, scaled(dy, by: -1, on: pool)]
    }
}
