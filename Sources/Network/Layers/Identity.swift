import Tensors

/// Its input unchanged: `y = x`; Keras' `Identity`.
public struct Identity: UnaryLayer {
    public static let kerasName = "Identity"

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) {}

    public var options: Options { [:] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { input }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass { Pass(x, x) }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: dy)
    }
}
