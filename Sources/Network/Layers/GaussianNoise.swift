import Tensors

/// In training adds normal noise: `y = x + N(0, stddev²)`; Keras' `GaussianNoise`.
///
/// In inference the input passes unchanged. Input and output have the same shape.
public struct GaussianNoise: UnaryLayer {
    public static let kerasName = "GaussianNoise"

    public var stddev: Double
    /// A seed for this layer's own random numbers.
    public var seed: Int?

    public init(stddev: Double, seed: Int? = nil) {
        self.stddev = stddev
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        stddev = try options.required("stddev", "a number ≥ 0") { value in value.double.flatMap { $0 >= 0 ? $0 : nil } }
        seed = try options.seed()
    }

    public var options: Options { ["stddev": .double(stddev), "seed": seed.map { .int($0) } ?? .null] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { input }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        guard context.mode == .training, stddev > 0 else { return Pass(x, x) }
        let noise = drawnNormal(x.shape, context.random(seed), mean: 0, deviation: stddev, on: context.pool)
        return Pass(x, adding(x, noise, on: context.pool))
    }

    // MARK: dx = dy

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: dy)
    }
}
