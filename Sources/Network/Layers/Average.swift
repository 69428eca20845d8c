import Tensors

/// The mean of the inputs: `y = (x₁ + x₂ + … + xₙ) / n`; Keras' `Average`.
///
/// Inputs are repeated to one shape as ``ElementwiseMerge`` says.
public struct Average: ElementwiseMerge {
    public static let kerasName = "Average"
    public static let broadcasts = true

    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init() {}

    public func merged(_ x: [Tensor], on pool: WorkerPool) -> Tensor {
        scaled(x.dropFirst().reduce(x[0]) { adding($0, $1, on: pool) }, by: 1 / Float(x.count), on: pool)
    }

    // MARK: dxᵢ = dy / n

    public func gradients(_ dy: Tensor, _ x: [Tensor], on pool: WorkerPool) -> [Tensor] {
        let share = scaled(dy, by: 1 / Float(x.count), on: pool)
        return x.map { _ in share }
    }
}
