import Tensors

/// The sum of the inputs: `y = x₁ + x₂ + …`; Keras' `Add`.
///
/// Inputs are repeated to one shape as ``ElementwiseMerge`` says.
public struct Add: ElementwiseMerge {
    public static let kerasName = "Add"
    public static let broadcasts = true

    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init() {}

    public func merged(_ x: [Tensor], on pool: WorkerPool) -> Tensor {
        x.dropFirst().reduce(x[0]) { adding($0, $1, on: pool) }
    }

    // MARK: dxᵢ = dy

    public func gradients(_ dy: Tensor, _ x: [Tensor], on pool: WorkerPool) -> [Tensor] { x.map { _ in dy } }
}
