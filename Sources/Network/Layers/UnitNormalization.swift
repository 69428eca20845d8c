import Tensors

/// Brings each vector along some axes to length 1: `y = x / ‖x‖`; Keras' `UnitNormalization`.
///
/// Input and output have the same shape; a vector of length 0 stays as it is.
public struct UnitNormalization: UnaryLayer {
    public static let kerasName = "UnitNormalization"

    public var axes: [Int]

    public init(axes: [Int] = [-1]) { self.axes = axes }

    public init(from options: inout OptionReader) throws(OptionError) { axes = try options.axes() }

    public var options: Options { ["axis": .axes(axes)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard AxisRows(axes, rank: input.count) != nil else {
            throw ShapeError(layer: "UnitNormalization", expected: "an input with the axes \(axes)", found: input)
        }
        return input
    }

    private func rows(_ rank: Int) -> AxisRows {
        guard let rows = AxisRows(axes, rank: rank) else { preconditionFailure("the axes were checked before") }
        return rows
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let axes = rows(x.shape.count)
        let (normal, statistics) = RowNormalization.byLength.forward(axes.rows(x, on: context.pool), on: context.pool)
        return Pass(x, axes.tensor(normal, x.shape, on: context.pool), saved: [statistics])
    }

    // MARK: dx = (dy − y Σ dy y) / ‖x‖

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let axes = rows(dy.shape.count)
        let dx = RowNormalization.byLength.backward(
            axes.rows(dy, on: context.pool), axes.rows(pass.x, on: context.pool), pass.saved[0], on: context.pool)
        return Gradients(input: axes.tensor(dx, dy.shape, on: context.pool))
    }
}
