import Tensors

/// A vector several times, as a sequence: `y[t] = x`; Keras' `RepeatVector`.
///
/// The input has shape `[batch, features]`, the output `[batch, n, features]`.
public struct RepeatVector: UnaryLayer {
    public static let kerasName = "RepeatVector"

    public var n: Int

    public init(n: Int) { self.n = n }

    public init(from options: inout OptionReader) throws(OptionError) {
        n = try options.ints("n", count: 1, default: nil)[0]
    }

    public var options: Options { ["n": .int(n)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == 2 else {
            throw ShapeError(layer: "RepeatVector(\(n))", expected: "[batch, features]", found: input)
        }
        return [input[0], n, input[1]]
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (batch, features) = (x.shape[0], x.shape[1])
        let row = x.reshaped(to: [batch, 1, features])
        return Pass(x, broadcast(row, to: [batch, n, features], on: context.pool))
    }

    // MARK: dx = Σ dy[t]

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (batch, features) = (pass.x.shape[0], pass.x.shape[1])
        let dx = summed(dy, to: [batch, 1, features], on: context.pool)
        return Gradients(input: dx.reshaped(to: pass.x.shape))
    }
}
