import Tensors

/// The largest of the inputs at each place: `y = max(x₁, x₂, …)`; Keras' `Maximum`.
///
/// Inputs are repeated to one shape as ``ElementwiseMerge`` says. NaN wins.
public struct Maximum: ElementwiseMerge {
    public static let kerasName = "Maximum"
    public static let masked: Float? = -.infinity

    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init() {}

    public func merged(_ x: [Tensor], on pool: WorkerPool) -> Tensor {
        x.dropFirst().reduce(x[0]) { zipped($0, $1, on: pool) { $1 > $0 || $1.isNaN ? $1 : $0 } }
    }

    // MARK: dxᵢ = dy where xᵢ won, 0 elsewhere; the first of equals won

    public func gradients(_ dy: Tensor, _ x: [Tensor], on pool: WorkerPool) -> [Tensor] {
        shares(of: dy, among: x, on: pool) { $1 > $0 || $1.isNaN }
    }
}
