import Tensors

/// Divides by the root mean square along some axes; Keras' `RMSNormalization`.
///
///     y = scale · x / √(Σ x² / n + ε)
///
/// Input and output have the same shape; `scale` has the input's extents along `axes` (Zhang and Sennrich, 2019).
public struct RMSNormalization: UnaryLayer {
    public static let kerasName = "RMSNormalization"

    public var axes: [Int]
    public var epsilon: Double

    public init(axes: [Int] = [-1], epsilon: Double = 1e-6) {
        self.axes = axes
        self.epsilon = epsilon
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        axes = try options.axes()
        epsilon = try options.double("epsilon", default: 1e-6)
    }

    public var options: Options { ["axis": .axes(axes), "epsilon": .double(epsilon)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        _ = try weights(for: input)
        return input
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        guard let rows = AxisRows(axes, rank: input.count), rows.axes.allSatisfy({ input[$0] != Shape.unknown }) else {
            throw ShapeError(layer: "RMSNormalization(axes: \(axes))", expected: "known extents there", found: input)
        }
        return [WeightSpec("scale", Shape(rows.axes.map { input[$0] }), .ones)]
    }

    private func rows(_ rank: Int) -> AxisRows {
        guard let rows = AxisRows(axes, rank: rank) else { preconditionFailure("the axes were checked before") }
        return rows
    }

    // MARK: y = scale x̂

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (pool, axes) = (context.pool, rows(x.shape.count))
        let (normal, statistics) = RowNormalization.byMeanSquare(epsilon: epsilon)
            .forward(axes.rows(x, on: pool), on: pool)
        let y = scaledRows(normal, weights[0], pool)
        return Pass(x, axes.tensor(y, x.shape, on: pool), saved: [normal, statistics])
    }

    // MARK: dx from scale dy as RowNormalization says,  dscale = Σ dy x̂

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (pool, axes) = (context.pool, rows(dy.shape.count))
        let dy = axes.rows(dy, on: pool)
        let dscale = sumRows(multiplying(dy, pass.saved[0], on: pool), on: pool).reshaped(to: weights[0].shape)
        let dx = RowNormalization.byMeanSquare(epsilon: epsilon)
            .backward(scaledRows(dy, weights[0], pool), axes.rows(pass.x, on: pool), pass.saved[1], on: pool)
        return Gradients(input: axes.tensor(dx, pass.x.shape, on: pool), weights: [dscale])
    }

    private func scaledRows(_ rows: Tensor, _ scale: Tensor, _ pool: WorkerPool) -> Tensor {
        let n = rows.shape[1]
        return scaledShifted(rows, scale: scale.reshaped(to: [n]), shift: Tensor([n], repeating: 0), on: pool)
    }
}
