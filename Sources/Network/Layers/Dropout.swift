import Tensors

/// In training sets random elements to zero and scales the others up; Keras' `Dropout`.
///
///     y = x / (1 − rate)   with probability 1 − rate
///     y = 0                with probability rate
///
/// In inference the input passes unchanged. Input and output have the same shape. With `noiseShape`, elements along an
/// axis of extent 1 share one fate.
public struct Dropout: UnaryLayer {
    public static let kerasName = "Dropout"

    /// The fraction of elements that are dropped, from 0 to 1.
    public var rate: Double
    /// A seed for this layer's own random numbers.
    public var seed: Int?
    /// The shape of the mask, where it is not the input's; ``Shape/unknown`` stands for the input's extent.
    public var noiseShape: [Int]?

    public init(rate: Double, seed: Int? = nil, noiseShape: [Int]? = nil) {
        self.rate = rate
        self.seed = seed
        self.noiseShape = noiseShape
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        rate = try options.rate()
        seed = try options.seed()
        noiseShape = try options.optional("noise_shape", "a list of positive whole numbers or null") { value in
            guard let list = value.array else { return nil }
            let extents = list.compactMap { $0.isNull ? Shape.unknown : $0.int.flatMap { $0 > 0 ? $0 : nil } }
            return extents.count == list.count ? extents : nil
        }
    }

    public var options: Options {
        [
            "rate": .double(rate), "seed": seed.map { .int($0) } ?? .null,
            "noise_shape": noiseShape.map { .array($0.map { $0 == Shape.unknown ? .null : .int($0) }) } ?? .null,
        ]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let fits = noiseShape.map { noise in
            noise.count == input.count
                && zip(noise, input).allSatisfy { $0 == 1 || $0 == $1 || $0 == Shape.unknown || $1 == Shape.unknown }
        }
        guard fits ?? true else {
            throw ShapeError(
                layer: "Dropout(\(rate))", expected: "an input that its noise_shape \(Shape(noiseShape ?? [])) covers",
                found: input)
        }
        return input
    }

    // MARK: y = x · mask

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        guard context.mode == .training, rate > 0 else { return Pass(x, x) }
        let mask = dropoutMask(maskShape(x.shape), rate: rate, context.random(seed), on: context.pool)
        return Pass(x, multiplying(x, mask, on: context.pool), saved: [mask])
    }

    // MARK: dx = dy · mask

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        guard let mask = pass.saved.first else { return Gradients(input: dy) }
        return Gradients(input: multiplying(dy, mask, on: context.pool))
    }

    /// The noise shape with the input's extents where it leaves them open.
    func maskShape(_ input: Shape) -> Shape {
        noiseShape.map { Shape(zip($0, input).map { $0 == Shape.unknown ? $1 : $0 }) } ?? input
    }
}
