import Tensors

/// In training drops elements to SELU's lowest value, keeping mean and variance; Keras' `AlphaDropout`.
///
///     y = a (x kept + α′ dropped) + b,   α′ = −λα,  a = ((1 − rate)(1 + rate α′²))^−½,  b = −a α′ rate
///
/// In inference the input passes unchanged (Klambauer et al., 2017). Input and output have the same shape.
public struct AlphaDropout: UnaryLayer {
    public static let kerasName = "AlphaDropout"

    /// The fraction of elements that are dropped, from 0 to below 1.
    public var rate: Double
    /// A seed for this layer's own random numbers.
    public var seed: Int?
    /// The shape of the mask, as in ``Dropout``.
    public var noiseShape: [Int]?

    public init(rate: Double, seed: Int? = nil, noiseShape: [Int]? = nil) {
        self.rate = rate
        self.seed = seed
        self.noiseShape = noiseShape
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let dropout = try Dropout(from: &options)
        (rate, seed, noiseShape) = (dropout.rate, dropout.seed, dropout.noiseShape)
    }

    public var options: Options { dropout.options }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { try dropout.outputShape(for: input) }

    private var dropout: Dropout { Dropout(rate: rate, seed: seed, noiseShape: noiseShape) }

    // MARK: y = a (x kept + α′ dropped) + b

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        guard context.mode == .training, rate > 0 else { return Pass(x, x) }
        let lowest = -1.758_099_340_847_376_9
        let a = rate < 1 ? 1 / ((1 - rate) * (1 + rate * lowest * lowest)).squareRoot() : 0
        let (slope, dropped) = (Float(a), Float(a * lowest - a * lowest * rate))
        let shift = Float(-a * lowest * rate)
        let rate = Float(rate)
        let noise = dropout.maskShape(x.shape)
        let kept = drawn(noise, context.random(seed), on: context.pool) { $0 < rate ? 0 : 1 }
        let mask = broadcast(kept, to: x.shape, on: context.pool)
        let y = zipped(x, mask, on: context.pool) { x, kept in kept > 0 ? slope * x + shift : dropped }
        return Pass(x, y, saved: [scaled(mask, by: slope, on: context.pool)])
    }

    // MARK: dx = a dy where kept

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: pass.saved.first.map { multiplying(dy, $0, on: context.pool) } ?? dy)
    }
}
