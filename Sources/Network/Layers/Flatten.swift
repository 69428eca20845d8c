import Tensors

/// All axes after the first as one, in C order; Keras' `Flatten`.
///
/// The input has shape `[batch, …]`, the output `[batch, features]`; no element moves.
public struct Flatten: UnaryLayer {
    public static let kerasName = "Flatten"

    public init() {}

    public init(from options: inout OptionReader) throws(OptionError) { try options.requireChannelsLast() }

    public var options: Options { ["data_format": "channels_last"] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard let batch = input.first else { throw ShapeError(layer: "Flatten", expected: "[batch, …]", found: input) }
        return [batch, input.sample.isKnown ? input.sample.elementCount : Shape.unknown]
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, x.reshaped(to: [x.shape[0], x.shape.sample.elementCount]))
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: dy.reshaped(to: pass.x.shape))
    }
}
