import Tensors

/// Keeps a random number of bits of each pixel in training; Keras' `RandomPosterization`.
///
///     y = ⌊x / 2^(8 − bits)⌋ 2^(8 − bits) on the scale from 0 to 255,  bits from `factor`, its end left out
///
/// Shapes are those of ``ImageAugmentation``. Steps have no slope: the gradient is 0.
public struct RandomPosterization: FactorAugmentation {
    public static let kerasName = "RandomPosterization"

    public var drawing: FactorOptions

    public init(_ drawing: FactorOptions) { self.drawing = drawing }

    public static var factorBounds: ClosedRange<Double> { 1...8 }

    public var options: Options {
        // Keras draws whole numbers, and wants them written so.
        [
            "factor": [.int(Int(drawing.factor.lower)), .int(Int(drawing.factor.upper))],
            "value_range": valueRange.optionValue, "seed": .seed(seed), "data_format": "channels_last",
        ]
    }

    /// The bits that are kept.
    public func draw(_ image: Int, _ random: Random) -> Float {
        let (lower, upper) = (Int(drawing.factor.lower), Int(drawing.factor.upper))
        return Float(lower + Int(random.uniform(at: image) * Float(upper - lower)))
    }

    public func changed(_ x: Tensor, _ bits: Float) -> Tensor {
        let shift = 8 - Int(bits)
        return mappedElements(x) { x in
            guard let byte = Int(valueRange.toBytes(x), within: 0...255) else { return x }
            return valueRange.fromBytes(Float((byte >> shift) << shift))
        }
    }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ bits: Float) -> Tensor { Tensor(x.shape) }
}
