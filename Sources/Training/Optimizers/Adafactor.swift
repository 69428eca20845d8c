import Networks
import Tensors

/// Adafactor (Shazeer & Stern, 2018), with the arithmetic and the defaults of `keras.optimizers.Adafactor`.
///
/// For weights of two or more axes the mean of g² over the last axis (r) and over the one before it (c) stand for v:
///
///     β = 1 − t^(beta_2_decay),  s = g² + ε₁
///     r ← β r + (1 − β) mean(s, last axis),  c ← β c + (1 − β) mean(s, last axis but one)
///     v ← r / mean(r) · c              and for vectors  v ← β v + (1 − β) s
///     u = g / √v
///     w ← w − max(ε₂, rms(w)) min(α, 1/√t) · u / max(1, rms(u) / clip_threshold)
public struct Adafactor: Optimizer {
    public static let kerasName = "Adafactor"

    public var settings: OptimizerSettings
    public var beta2Decay = -0.8
    public var epsilon1 = 1e-30
    public var epsilon2 = 1e-3
    public var clipThreshold = 1.0
    /// Kept for Keras' configuration: the step is at most 1/√t in either case.
    public var relativeStep = true

    public init(learningRate: LearningRate = 0.001) { settings = OptimizerSettings(learningRate: learningRate) }

    public init(from options: inout OptionReader) throws(OptionError) {
        settings = try OptimizerSettings(from: &options)
        beta2Decay = try options.double("beta_2_decay", default: -0.8)
        epsilon1 = try options.double("epsilon_1", default: 1e-30)
        epsilon2 = try options.double("epsilon_2", default: 1e-3)
        clipThreshold = try options.double("clip_threshold", default: 1)
        relativeStep = try options.bool("relative_step", default: true)
    }

    public var ownOptions: Options {
        [
            "beta_2_decay": .double(beta2Decay), "epsilon_1": .double(epsilon1), "epsilon_2": .double(epsilon2),
            "clip_threshold": .double(clipThreshold), "relative_step": .bool(relativeStep),
        ]
    }

    /// `r` and `c` are single numbers that nobody uses where a weight has fewer than two axes, as in Keras.
    public func slotGroups(for weight: Shape) -> [[String]] { [["r", "c", "velocity"]] }

    public func initialSlots(for weight: Tensor) -> [Tensor] {
        let shape = weight.shape
        guard shape.count >= 2 else { return [Tensor([]), Tensor([]), Tensor(shape)] }
        let outer = Array(shape.dropLast(2))
        let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
        return [Tensor(Shape(outer + [rows])), Tensor(Shape(outer + [columns])), Tensor(shape)]
    }

    public func update(_ w: inout Tensor, gradient g: Tensor, slots: inout [Tensor], at step: OptimizerStep) {
        let (pool, t) = (step.pool, Float(step.number))
        let (epsilon1, beta) = (Float(epsilon1), 1 - power(t, Float(beta2Decay)))
        let squares = mapped(g, on: pool) { $0 * $0 + epsilon1 }
        if w.shape.count >= 2 {
            factor(squares, beta, &slots)
        } else {
            slots[2] = zipped(slots[2], squares, on: pool) { beta * $0 + (1 - beta) * $1 }
        }
        let u = zipped(g, slots[2], on: pool) { $0 / $1.squareRoot() }
        let rate = max(Float(epsilon2), rms(w, on: pool)) * min(step.learningRate, 1 / t.squareRoot())
        let clip = max(1, rms(u, on: pool) / Float(clipThreshold))
        w = zipped(w, u, on: pool) { $0 - rate * ($1 / clip) }
    }

    /// Updates r, c and v from `g² + ε₁`.
    private func factor(_ squares: Tensor, _ beta: Float, _ slots: inout [Tensor]) {
        let shape = squares.shape
        let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
        for matrix in 0..<(squares.count / max(1, rows * columns)) {
            let start = matrix * rows * columns
            var columnSums = [Float](repeating: 0, count: columns)
            for row in 0..<rows {
                var sum: Float = 0
                for column in 0..<columns {
                    let square = squares[start + row * columns + column]
                    sum += square
                    columnSums[column] += square
                }
                let position = matrix * rows + row
                slots[0][position] = beta * slots[0][position] + (1 - beta) * (sum / Float(columns))
            }
            for column in 0..<columns {
                let position = matrix * columns + column
                slots[1][position] = beta * slots[1][position] + (1 - beta) * (columnSums[column] / Float(rows))
            }
            let mean = (0..<rows).reduce(Float(0)) { $0 + slots[0][matrix * rows + $1] } / Float(rows)
            for row in 0..<rows {
                let share = slots[0][matrix * rows + row] / mean
                for column in 0..<columns {
                    slots[2][start + row * columns + column] = share * slots[1][matrix * columns + column]
                }
            }
        }
    }

    private func rms(_ x: Tensor, on pool: WorkerPool) -> Float {
        (sumOfSquares(x, on: pool) / Float(x.count)).squareRoot()
    }
}
