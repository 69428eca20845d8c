import CKernels

/// A function of each number by itself, in a form that may follow a product while its results are still in the cache.
public struct PointwiseFunction: Sendable {
    /// Computes `count` numbers; `x` and `y` may be the same.
    let body:
        @Sendable (_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ pool: WorkerPool) ->
            Void

    /// `eˣ`.
    public static let exponential = PointwiseFunction { $3.functions.exp($0, $1, $2) }
    /// `1 / (1 + e⁻ˣ)`.
    public static let sigmoid = PointwiseFunction { $3.functions.sigmoid($0, $1, $2) }
    /// The hyperbolic tangent.
    public static let tanh = PointwiseFunction { $3.functions.tanh($0, $1, $2) }
    /// `x / (1 + e⁻ˣ)`.
    public static let silu = PointwiseFunction { $3.functions.silu($0, $1, $2) }

    /// `slope · x + offset` between 0 and a maximum, times `x` if `gates`, over a divisor: Keras' `relu6`, `hard_sigmoid`
    /// and `hard_silu`.
    public static func ramp(
        slope: Float = 1, offset: Float = 0, maximum: Float, divisor: Float = 1, gates: Bool = false
    ) -> PointwiseFunction {
        PointwiseFunction { $3.functions.ramp($0, $1, slope, offset, maximum, divisor, gates ? 1 : 0, $2) }
    }

    /// The function of each element.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        mappedParts(x, on: pool) { body($0, $1, $2, pool) }
    }
}

extension Epilogue {
    /// Applies what closes a product to some of its rows, `columns` numbers of each.
    func close(
        _ y: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, on pool: WorkerPool
    ) {
        guard let closing else { return }
        if columns == stride { return closing.body(y, y, rows * columns, pool) }
        for row in 0..<rows { closing.body(y + row * stride, y + row * stride, columns, pool) }
    }
}
