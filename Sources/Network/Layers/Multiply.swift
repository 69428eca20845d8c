import Tensors

/// The product of the inputs: `y = x₁ · x₂ · …`; Keras' `Multiply`.
///
/// Inputs are repeated to one shape as ``ElementwiseMerge`` says.
public struct Multiply: ElementwiseMerge {
    public static let kerasName = "Multiply"
    public static let broadcasts = true
    public static let masked: Float? = 1
    public static let allMasked: Float? = 0

    public var maskedInputs: [Int] = []
    public var maskRules = MaskRules.keras3

    public init() {}

    public func merged(_ x: [Tensor], on pool: WorkerPool) -> Tensor {
        x.dropFirst().reduce(x[0]) { multiplying($0, $1, on: pool) }
    }

    // MARK: dxᵢ = dy · product of the other x

    public func gradients(_ dy: Tensor, _ x: [Tensor], on pool: WorkerPool) -> [Tensor] {
        guard x.count > 8 else {
            return x.indices.map { index in
                x.indices.filter { $0 != index }.reduce(dy) { multiplying($0, x[$1], on: pool) }
            }
        }
        // Of many inputs, the products of those before and of those behind, each found once.
        var behind = [Tensor(dy.shape, repeating: 1)]
        for factor in x.dropFirst().reversed() {
            behind.append(multiplying(behind[behind.count - 1], factor, on: pool))
        }
        var before = dy
        return x.indices.map { index in
            defer { before = multiplying(before, x[index], on: pool) }
            return multiplying(before, behind[x.count - 1 - index], on: pool)
        }
    }
}
