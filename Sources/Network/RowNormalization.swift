import Tensors

/// Brings each row of numbers to one scale: the arithmetic that the normalizing layers without a memory share.
///
///     standardized:  x̂ = (x − μ) / √(σ² + ε)
///     byDeviation:   x̂ = x / √(σ² + ε)
///     byMeanSquare:  x̂ = x / √(Σ x² / n + ε)
///     byLength:      x̂ = x / √(Σ x²), at most x · 10¹²
///
/// with mean μ and (biased) variance σ² of the row.
enum RowNormalization: Sendable {
    case standardized(epsilon: Double)
    case byDeviation(epsilon: Double)
    case byMeanSquare(epsilon: Double)
    case byLength

    /// The normalized rows of `x`, of shape `[rows, n]`, and what the way back needs: `[rows, 2]`, μ and the factor.
    func forward(_ x: Tensor, on pool: WorkerPool) -> (normal: Tensor, statistics: Tensor) {
        let (rows, n) = (x.shape[0], x.shape[1])
        var statistics = Tensor([rows, 2])
        let normal = x.withElements { source in
            Tensor(unsafeUninitialized: x.shape) { target in
                statistics.withMutableElements { found in
                    // Each row is one task's alone, so the threads never meet.
                    nonisolated(unsafe) let (source, target, found) = (source, target, found)
                    pool.run(rows, grain: 4096 / max(n, 1) + 1) { range in
                        for row in range {
                            let x = source[row * n..<(row + 1) * n]
                            let (mean, factor) = measure(x)
                            (found[2 * row], found[2 * row + 1]) = (mean, factor)
                            let shift = isCentred ? mean : 0
                            for i in x.indices { target[i] = (x[i] - shift) * factor }
                        }
                    }
                }
            }
        }
        return (normal, statistics)
    }

    /// The gradient with respect to `x`, from the gradient `g` with respect to the normalized rows.
    ///
    /// Means are over the row, f is the factor:
    ///
    ///     standardized:  dx = f (g − mean g − x̂ mean(g x̂))
    ///     byDeviation:   dx = f g − f³ (x − μ) mean(g x)
    ///     byMeanSquare:  dx = f g − f³ x mean(g x)
    ///     byLength:      dx = f g − f³ x Σ g x
    func backward(_ g: Tensor, _ x: Tensor, _ statistics: Tensor, on pool: WorkerPool) -> Tensor {
        let (rows, n) = (x.shape[0], x.shape[1])
        return x.withElements { x in
            g.withElements { g in
                statistics.withElements { statistics in
                    Tensor(unsafeUninitialized: [rows, n]) { target in
                        nonisolated(unsafe) let (x, g, statistics, target) = (x, g, statistics, target)
                        pool.run(rows, grain: 4096 / max(n, 1) + 1) { range in
                            for row in range {
                                let row = (places: row * n..<(row + 1) * n, mean: statistics[2 * row])
                                let factor = statistics[2 * (row.places.lowerBound / max(n, 1)) + 1]
                                backward(x, g, target, row.places, row.mean, factor)
                            }
                        }
                    }
                }
            }
        }
    }

    private func backward(
        _ x: UnsafeBufferPointer<Float>, _ g: UnsafeBufferPointer<Float>, _ dx: UnsafeMutableBufferPointer<Float>,
        _ places: Range<Int>, _ mean: Float, _ factor: Float
    ) {
        let n = Double(places.count)
        let centre = isCentred ? mean : 0
        var (sum, product) = (0.0, 0.0)
        for i in places {
            sum += Double(g[i])
            product += Double(g[i]) * Double(x[i] - centre)
        }
        // How far the factor moves with x, and what of the gradient the mean takes away.
        var pull = Float(product / n) * factor * factor * factor
        if case .byLength = self { pull = factor >= Self.largestFactor ? 0 : Float(product) * factor * factor * factor }
        let shift = isCentred ? Float(sum / n) : 0
        var around = centre
        if case .byDeviation = self { around = mean }
        for i in places { dx[i] = factor * (g[i] - shift) - pull * (x[i] - around) }
    }

    private static let largestFactor: Float = 1e12

    private var isCentred: Bool {
        if case .standardized = self { true } else { false }
    }

    private func measure(_ x: Slice<UnsafeBufferPointer<Float>>) -> (mean: Float, factor: Float) {
        let n = Double(max(x.count, 1))
        let mean = x.reduce(into: 0.0) { $0 += Double($1) } / n
        func squares(around centre: Double) -> Double {
            x.reduce(into: 0.0) { $0 += (Double($1) - centre) * (Double($1) - centre) }
        }
        let factor =
            switch self {
            case .standardized(let epsilon), .byDeviation(let epsilon):
                1 / (squares(around: mean) / n + epsilon).squareRoot()
            case .byMeanSquare(let epsilon): 1 / (squares(around: 0) / n + epsilon).squareRoot()
            case .byLength: min(1 / squares(around: 0).squareRoot(), Double(Self.largestFactor))
            }
        return (Float(mean), Float(factor))
    }
}

/// Which axes of a tensor a layer works along, and how to bring them together.
struct AxisRows {
    /// The order of axes in which the chosen ones come last.
    let order: [Int]
    /// The chosen axes, counted from 0, in order.
    let axes: [Int]

    /// The chosen axes of a shape of this rank; `nil` where one is not there.
    ///
    /// Negative axes count from the end.
    init?(_ axes: [Int], rank: Int) {
        let positive = axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
        guard !positive.isEmpty, positive.allSatisfy({ (0..<rank).contains($0) }), Set(positive).count == axes.count
        else { return nil }
        self.axes = positive
        order = (0..<rank).filter { !positive.contains($0) } + positive
    }

    /// The tensor as rows: one for each place along the other axes.
    func rows(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        let moved = transposed(x, axes: order, on: pool)
        let n = axes.reduce(1) { $0 * x.shape[$1] }
        return moved.reshaped(to: [n == 0 ? 0 : x.count / n, n])
    }

    /// The way back from ``rows(_:on:)`` to a tensor of this shape.
    func tensor(_ rows: Tensor, _ shape: Shape, on pool: WorkerPool) -> Tensor {
        let moved = rows.reshaped(to: Shape(order.map { shape[$0] }))
        return transposed(moved, axes: order.indices.map { order.firstIndex(of: $0) ?? $0 }, on: pool)
    }
}

extension OptionReader {
    /// The option `axis`: one axis or a list.
    mutating func axes(default fallback: [Int] = [-1]) throws(OptionError) -> [Int] {
        try optional("axis", "one axis or a list of axes") { value in
            if let one = value.int { return [one] }
            let axes = value.array?.compactMap(\.int) ?? []
            return !axes.isEmpty && axes.count == value.array?.count ? axes : nil
        } ?? fallback
    }
}

extension OptionValue {
    /// One axis as a number, several as a list.
    static func axes(_ axes: [Int]) -> OptionValue { axes.count == 1 ? .int(axes[0]) : OptionValue(axes) }
}
