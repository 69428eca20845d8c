import Tensors

/// The rows or columns of a matrix, brought to length 1.
struct UnitVectors {
    private let shape: Shape
    private let mode: Regularizer.OrthogonalMode
    private var units: [[Double]] = []
    private var inverseNorms: [Double] = []

    /// - Precondition: `w` has two axes.
    init(_ w: Tensor, _ mode: Regularizer.OrthogonalMode) {
        precondition(w.shape.count == 2, "a matrix has two axes, not shape \(w.shape)")
        shape = w.shape
        self.mode = mode
        let (count, length) = mode == .rows ? (shape[0], shape[1]) : (shape[1], shape[0])
        for i in 0..<count {
            let vector = (0..<length).map { Double(w[place(i, $0)]) }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let inverse = min(1 / norm, 1e7)
            units.append(vector.map { $0 * inverse })
            inverseNorms.append(inverse)
        }
    }

    /// The mean size of the products of all pairs.
    var overlap: Double {
        guard units.count > 1 else { return 0 }
        var sum = 0.0
        for i in units.indices {
            for j in 0..<i { sum += abs(product(units[i], units[j])) }
        }
        return sum / pairs
    }

    /// The gradient of `factor ·` ``overlap`` with respect to the matrix.
    ///
    ///     dw_i = (g − u_i (u_i · g)) / ‖w_i‖,  g = factor / pairs · Σ_j sign(u_i · u_j) u_j
    func gradient(factor: Double) -> Tensor {
        var gradient = Tensor(shape)
        guard units.count > 1 else { return gradient }
        for (i, unit) in units.enumerated() {
            var slope = [Double](repeating: 0, count: unit.count)
            for (j, other) in units.enumerated() where j != i {
                let overlap = product(unit, other)
                let sign: Double = overlap > 0 ? 1 : overlap < 0 ? -1 : 0
                for k in slope.indices { slope[k] += factor / pairs * sign * other[k] }
            }
            let along = product(unit, slope)
            for k in slope.indices { gradient[place(i, k)] = Float((slope[k] - unit[k] * along) * inverseNorms[i]) }
        }
        return gradient
    }

    private var pairs: Double { Double(units.count * (units.count - 1)) / 2 }

    private func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// Where element `k` of vector `i` is.
    private func place(_ i: Int, _ k: Int) -> Int { mode == .rows ? i * shape[1] + k : k * shape[1] + i }
}
