import Tensors

/// In training multiplies by normal noise: `y = x · N(1, rate / (1 − rate))`; Keras' `GaussianDropout`.
///
/// In inference the input passes unchanged. Input and output have the same shape.
public struct GaussianDropout: UnaryLayer {
    public static let kerasName = "GaussianDropout"

    /// The noise has the variance of a dropout with this rate, from 0 to below 1.
    public var rate: Double
    /// A seed for this layer's own random numbers.
    public var seed: Int?

    public init(rate: Double, seed: Int? = nil) {
        self.rate = rate
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        rate = try options.required("rate", "a number from 0 to below 1") { value in
            value.double.flatMap { (0..<1).contains($0) ? $0 : nil }
        }
        seed = try options.seed()
    }

    public var options: Options { ["rate": .double(rate), "seed": seed.map { .int($0) } ?? .null] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { input }

    // MARK: y = x · noise

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        guard context.mode == .training, rate > 0 else { return Pass(x, x) }
        let noise = drawnNormal(
            x.shape, context.random(seed), mean: 1, deviation: (rate / (1 - rate)).squareRoot(), on: context.pool)
        return Pass(x, multiplying(x, noise, on: context.pool), saved: [noise])
    }

    // MARK: dx = dy · noise

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: pass.saved.first.map { multiplying(dy, $0, on: context.pool) } ?? dy)
    }
}
