import Tensors

/// Its input unchanged, with a cost: `y = x`, loss `l1 Σ|x| + l2 Σx²`; Keras' `ActivityRegularization`.
public struct ActivityRegularization: UnaryLayer {
    public static let kerasName = "ActivityRegularization"

    public var l1: Double
    public var l2: Double

    public init(l1: Double = 0, l2: Double = 0) {
        self.l1 = l1
        self.l2 = l2
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        l1 = try options.double("l1", default: 0)
        l2 = try options.double("l2", default: 0)
    }

    public var options: Options { ["l1": .double(l1), "l2": .double(l2)] }

    public var activityRegularizer: Regularizer? { .l1l2(l1: l1, l2: l2) }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { input }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass { Pass(x, x) }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: dy)
    }
}
