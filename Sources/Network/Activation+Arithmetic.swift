import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Activation {
    /// Whether ``gradient(_:x:y:on:)`` reads the input; where it does not, the output is enough to keep.
    public var gradientNeedsInput: Bool {
        switch self {
        case .linear, .relu, .relu6, .elu, .selu, .celu, .sigmoid, .hardSigmoid, .hardSigmoidKeras2, .logSigmoid,
            .sparseSigmoid, .tanh, .hardTanh, .hardShrink, .softShrink, .softplus, .exponential, .softmax, .logSoftmax:
            false
        case .rectifier, .leakyReLU, .tanhShrink, .softsign, .sparsePlus, .squareplus, .gelu, .silu, .hardSilu, .mish,
            .sparsemax, .threshold, .glu:
            true
        }
    }

    /// The function as one of each number by itself that may follow a product in the cache; nil where there is none yet.
    public var pointwise: PointwiseFunction? {
        switch self {
        case .relu6: .ramp(maximum: 6)
        case .sigmoid: .sigmoid
        case .hardSigmoid: .ramp(offset: 3, maximum: 6, divisor: 6)
        case .hardSigmoidKeras2: .ramp(slope: 0.2, offset: 0.5, maximum: 1)
        case .tanh: .tanh
        case .exponential: .exponential
        case .silu: .silu
        case .hardSilu: .ramp(offset: 3, maximum: 6, divisor: 6, gates: true)
        default: nil
        }
    }

    /// The function's value, element by element or along its axis.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        if let pointwise { return pointwise(x, on: pool) }
        switch self {
        // Of these only the linear one comes here.
        case .linear, .relu6, .sigmoid, .hardSigmoid, .hardSigmoidKeras2, .tanh, .exponential, .silu, .hardSilu:
            return x
        case .relu: return Tensors.relu(x, on: pool)
        case .rectifier(let maximum, let slope, let threshold):
            return Tensors.relu(
                x, maximum: maximum.map { Float($0) }, negativeSlope: Float(slope), threshold: Float(threshold),
                on: pool)
        case .leakyReLU(let slope): return Tensors.relu(x, negativeSlope: Float(slope), on: pool)
        case .elu(let alpha):
            let alpha = Float(alpha)
            return mapped(x, on: pool) { $0 > 0 ? $0 : alpha * expm1($0) }
        case .selu: return mapped(x, on: pool) { $0 > 0 ? Selu.scale * $0 : Selu.scaleAlpha * expm1($0) }
        case .celu: return mapped(x, on: pool) { $0 > 0 ? $0 : expm1($0) }
        case .logSigmoid: return mapped(x, on: pool) { -logOnePlusExp(-$0) }
        case .sparseSigmoid: return mapped(x, on: pool) { clip(0.5 * ($0 + 1), 0, 1) }
        case .hardTanh: return mapped(x, on: pool) { clip($0, -1, 1) }
        case .tanhShrink: return mapped(x, on: pool) { $0 - hyperbolicTangent($0) }
        case .hardShrink: return mapped(x, on: pool) { abs($0) <= 0.5 ? 0 : $0 }
        case .softShrink: return mapped(x, on: pool) { $0 > 0.5 ? $0 - 0.5 : $0 < -0.5 ? $0 + 0.5 : 0 * $0 }
        case .softplus: return mapped(x, on: pool) { logOnePlusExp($0) }
        case .softsign: return mapped(x, on: pool) { $0 / (1 + abs($0)) }
        case .sparsePlus: return mapped(x, on: pool) { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 }
        case .squareplus: return mapped(x, on: pool) { ($0 + ($0 * $0 + 4).squareRoot()) / 2 }
        case .gelu(approximate: false): return mapped(x, on: pool) { $0 * Gelu.distribution($0) }
        case .gelu(approximate: true):
            return mapped(x, on: pool) { 0.5 * $0 * (1 + hyperbolicTangent(Gelu.inner($0))) }
        case .mish: return mapped(x, on: pool) { $0 * hyperbolicTangent(logOnePlusExp($0)) }
        case .softmax(let axis): return along(axis, x, on: pool) { Tensors.softmax($0, on: pool) }
        case .logSoftmax(let axis): return along(axis, x, on: pool) { Tensors.logSoftmax($0, on: pool) }
        case .sparsemax(let axis): return along(axis, x, on: pool) { Self.sparsemax($0) }
        case .threshold(let threshold, let value):
            let (threshold, value) = (Float(threshold), Float(value))
            return mapped(x, on: pool) { $0 > threshold ? $0 : value }
        case .glu(let axis):
            return along(axis, x, on: pool) { x in
                let halves = partsOfLastAxis(x, 2, on: pool)
                return multiplying(halves[0], Tensors.sigmoid(halves[1], on: pool), on: pool)
            }
        }
    }

    /// The loss' gradient with respect to `x`, from the gradient `dy` with respect to `y`.
    ///
    /// `x` may be anything of the same shape, `y` for one, unless ``gradientNeedsInput``.
    public func gradient(_ dy: Tensor, x: Tensor, y: Tensor, on pool: WorkerPool) -> Tensor {
        switch self {
        case .linear: return dy
        case .relu: return reluGradient(dy, y, on: pool)
        case .relu6: return zipped(dy, y, on: pool) { dy, y in y > 0 && y < 6 ? dy : 0 }
        case .rectifier(let maximum, let slope, let threshold):
            return reluGradient(
                dy, x, maximum: maximum.map { Float($0) }, negativeSlope: Float(slope), threshold: Float(threshold),
                on: pool)
        case .leakyReLU(let slope): return reluGradient(dy, x, negativeSlope: Float(slope), on: pool)
        case .elu(let alpha):
            let alpha = Float(alpha)
            return zipped(dy, y, on: pool) { dy, y in y < 0 ? dy * (y + alpha) : dy }
        case .selu: return zipped(dy, y, on: pool) { dy, y in dy * (y < 0 ? y + Selu.scaleAlpha : Selu.scale) }
        case .celu: return zipped(dy, y, on: pool) { dy, y in y < 0 ? dy * (y + 1) : dy }
        case .sigmoid: return zipped(dy, y, on: pool) { dy, y in dy * y * (1 - y) }
        case .hardSigmoid: return zipped(dy, y, on: pool) { dy, y in y > 0 && y < 1 ? dy / 6 : 0 }
        case .hardSigmoidKeras2: return zipped(dy, y, on: pool) { dy, y in y > 0 && y < 1 ? 0.2 * dy : 0 }
        case .logSigmoid: return zipped(dy, y, on: pool) { dy, y in dy * -expm1(y) }
        case .sparseSigmoid: return zipped(dy, y, on: pool) { dy, y in y > 0 && y < 1 ? 0.5 * dy : 0 }
        case .tanh: return zipped(dy, y, on: pool) { dy, y in dy * (1 - y * y) }
        case .hardTanh: return zipped(dy, y, on: pool) { dy, y in y > -1 && y < 1 ? dy : 0 }
        case .hardShrink, .softShrink: return zipped(dy, y, on: pool) { dy, y in y == 0 ? 0 : dy }
        case .softplus: return zipped(dy, y, on: pool) { dy, y in dy * -expm1(-y) }
        case .exponential: return zipped(dy, y, on: pool) { dy, y in dy * y }
        case .tanhShrink:
            return zipped(dy, x, on: pool) { dy, x in
                let tangent = hyperbolicTangent(x)
                return dy * tangent * tangent
            }
        case .softsign:
            return zipped(dy, x, on: pool) { dy, x in
                let size = 1 + abs(x)
                return dy / (size * size)
            }
        case .sparsePlus: return zipped(dy, x, on: pool) { dy, x in dy * clip(0.5 * (x + 1), 0, 1) }
        case .squareplus: return zipped(dy, x, on: pool) { dy, x in dy * (1 + x / (x * x + 4).squareRoot()) / 2 }
        case .gelu(approximate: false):
            return zipped(dy, x, on: pool) { dy, x in dy * (Gelu.distribution(x) + x * Gelu.density(x)) }
        case .gelu(approximate: true):
            return zipped(dy, x, on: pool) { dy, x in
                let tangent = hyperbolicTangent(Gelu.inner(x))
                return dy * 0.5 * (1 + tangent + x * (1 - tangent * tangent) * Gelu.innerSlope(x))
            }
        case .silu: return siluGradient(dy, x, on: pool)
        case .hardSilu:
            return zipped(dy, x, on: pool) { dy, x in
                dy * (clip(x + 3, 0, 6) / 6 + (x > -3 && x < 3 ? x / 6 : 0))
            }
        case .mish:
            return zipped(dy, x, on: pool) { dy, x in
                let tangent = hyperbolicTangent(logOnePlusExp(x))
                return dy * (tangent + x * (1 - tangent * tangent) * logistic(x))
            }
        case .softmax(let axis): return along(axis, dy, y, on: pool) { softmaxGradient($0, $1, on: pool) }
        case .logSoftmax(let axis): return along(axis, dy, y, on: pool) { logSoftmaxGradient($0, $1, on: pool) }
        case .sparsemax(let axis): return along(axis, dy, x, on: pool) { Self.sparsemaxGradient($0, $1) }
        case .threshold(let threshold, _):
            let threshold = Float(threshold)
            return zipped(dy, x, on: pool) { dy, x in x > threshold ? dy : 0 }
        case .glu(let axis):
            return along(axis, dy, x, on: pool) { dy, x in
                let halves = partsOfLastAxis(x, 2, on: pool)
                let gate = Tensors.sigmoid(halves[1], on: pool)
                let slope = zipped(gate, halves[0], on: pool) { $1 * $0 * (1 - $0) }
                return joinedAlongLastAxis([multiplying(dy, gate, on: pool), multiplying(dy, slope, on: pool)])
            }
        }
    }
}

// MARK: Functions along an axis

extension Activation {
    /// Applies a function of the last axis along another one.
    private func along(_ axis: Int, _ x: Tensor, on pool: WorkerPool, _ body: (Tensor) -> Tensor) -> Tensor {
        guard let order = Self.order(movingLast: axis, of: x.shape) else { return body(x) }
        return transposed(body(transposed(x, axes: order, on: pool)), axes: order, on: pool)
    }

    private func along(
        _ axis: Int, _ a: Tensor, _ b: Tensor, on pool: WorkerPool, _ body: (Tensor, Tensor) -> Tensor
    ) -> Tensor {
        guard let order = Self.order(movingLast: axis, of: a.shape) else { return body(a, b) }
        let result = body(transposed(a, axes: order, on: pool), transposed(b, axes: order, on: pool))
        return transposed(result, axes: order, on: pool)
    }

    /// The order that exchanges an axis with the last one (its own inverse), or `nil` if it is the last.
    private static func order(movingLast axis: Int, of shape: Shape) -> [Int]? {
        let axis = axis < 0 ? axis + shape.count : axis
        guard axis != shape.count - 1 else { return nil }
        var order = Array(shape.indices)
        order.swapAt(axis, shape.count - 1)
        return order
    }

    /// `max(x − τ, 0)` in each row, with `τ = (Σ Sᵣ − 1) / k` over the `k` largest elements that are the support, where
    /// `Sᵣ` is the sum of the `r` largest. (Martins and Astudillo take `Sₖ` for the sum; Keras 3 does not.)
    private static func sparsemax(_ x: Tensor) -> Tensor {
        mapRows(x) { row in
            let (support, threshold) = support(row)
            return support.isEmpty ? row : row.map { max($0 - threshold, 0) }
        }
    }

    /// `dx = dy where y > 0`, less `(k − r + 1) / k · Σ dy` for the r-th element of the support.
    private static func sparsemaxGradient(_ dy: Tensor, _ x: Tensor) -> Tensor {
        let columns = x.shape[x.shape.count - 1]
        var start = 0
        return mapRows(dy) { dy in
            let row = (0..<columns).map { x[start + $0] }
            start += columns
            let (support, threshold) = support(row)
            var dx = zip(row, dy).map { $0 > threshold ? $1 : 0 }
            let sum = dx.reduce(0, +)
            for (rank, column) in support.enumerated() {
                dx[column] -= Float(support.count - rank) / Float(support.count) * sum
            }
            return dx
        }
    }

    /// The columns of the support, largest first, and τ.
    private static func support(_ row: [Float]) -> (columns: [Int], threshold: Float) {
        let order = row.indices.sorted { (row[$0], -$0) > (row[$1], -$1) }
        var (columns, sum, sums): ([Int], Float, Float) = ([], 0, 0)
        for (rank, column) in order.enumerated() {
            sum += row[column]
            guard row[column] - (sum - 1) / Float(rank + 1) > 0 else { continue }
            columns.append(column)
            sums += sum
        }
        return (columns, (sums - 1) / Float(max(columns.count, 1)))
    }

    private static func mapRows(_ x: Tensor, _ body: ([Float]) -> [Float]) -> Tensor {
        let columns = x.shape[x.shape.count - 1]
        let elements = x.elements
        return Tensor(
            x.shape,
            stride(from: 0, to: elements.count, by: max(columns, 1)).flatMap {
                body(Array(elements[$0..<$0 + columns]))
            })
    }
}

// MARK: Scalars

private enum Selu {
    static let scale: Float = 1.050_700_987_355_480_5
    static let scaleAlpha: Float = 1.758_099_340_847_376_9
}

private enum Gelu {
    /// Φ, the standard normal distribution.
    static func distribution(_ x: Float) -> Float { 0.5 * (1 + erf(x * 0.707_106_781_186_547_5)) }
    static func density(_ x: Float) -> Float { 0.398_942_280_401_432_7 * exp(-0.5 * x * x) }
    static func inner(_ x: Float) -> Float { 0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x) }
    static func innerSlope(_ x: Float) -> Float { 0.797_884_560_802_865_4 * (1 + 3 * 0.044715 * x * x) }
}

private func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

/// `log(1 + eˣ)` without overflow.
private func logOnePlusExp(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }

/// The C library's tanh, which the case of the same name hides inside ``Activation``.
private func hyperbolicTangent(_ x: Float) -> Float { tanh(x) }

/// `x` between two bounds; NaN stays NaN.
private func clip(_ x: Float, _ low: Float, _ high: Float) -> Float { x < low ? low : x > high ? high : x }
