import CKernels

/// A function of each number by itself, in a form that may follow a product while its results are still in the cache.
public struct PointwiseFunction: Sendable {
    typealias Body =
        @Sendable (_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ pool: WorkerPool) ->
        Void

    /// Computes `count` numbers; `x` and `y` may be the same.
    let body: Body
    /// Where the function is `min(max(x, 0), ceiling)`, which a product's kernel does itself: the ceiling.
    let ceiling: Float?

    init(ceiling: Float? = nil, _ body: @escaping Body) { (self.ceiling, self.body) = (ceiling, body) }

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
        let clips = slope == 1 && offset == 0 && divisor == 1 && !gates && maximum > 0
        return PointwiseFunction(ceiling: clips ? maximum : nil) {
            $3.functions.ramp($0, $1, slope, offset, maximum, divisor, gates ? 1 : 0, $2)
        }
    }

    /// The function of each element.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        mappedParts(x, on: pool) { body($0, $1, $2, pool) }
    }
}

extension PointwiseFunction {
    /// Applies the function to rows of `columns` numbers, in place.
    func apply(to y: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int, on pool: WorkerPool) {
        if columns == stride { return body(y, y, rows * columns, pool) }
        for row in 0..<rows { body(y + row * stride, y + row * stride, columns, pool) }
    }
}
