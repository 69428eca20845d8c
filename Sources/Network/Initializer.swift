import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a weight gets its first values, with the distributions of `keras.initializers`.
///
/// Equality of distribution is promised, not equality of numbers: Keras draws from TensorFlow's generators.
public enum Initializer: Hashable, Sendable {
    case zeros
    case ones
    case constant(Double)
    case randomUniform(from: Double, to: Double)
    case randomNormal(mean: Double, standardDeviation: Double)
    /// A normal distribution without its tails beyond two standard deviations.
    case truncatedNormal(mean: Double, standardDeviation: Double)
    case varianceScaling(scale: Double, mode: FanMode, distribution: Distribution)

    public enum FanMode: String, Hashable, Sendable, CaseIterable {
        case fanIn = "fan_in", fanOut = "fan_out", fanAvg = "fan_avg"
    }
    public enum Distribution: String, Hashable, Sendable, CaseIterable {
        case uniform, truncatedNormal = "truncated_normal", untruncatedNormal = "untruncated_normal"
    }

    /// `U(−l, l)`, `l = √(6 / (fan_in + fan_out))` (Glorot and Bengio, 2010): Keras' default for kernels.
    public static let glorotUniform = Initializer.varianceScaling(scale: 1, mode: .fanAvg, distribution: .uniform)

    /// A tensor of this shape, drawn from this stream.
    public func draw(_ shape: Shape, _ random: Random) -> Tensor {
        switch self {
        case .zeros: return Tensor(shape, repeating: 0)
        case .ones: return Tensor(shape, repeating: 1)
        case .constant(let value): return Tensor(shape, repeating: Float(value))
        case .randomUniform(let low, let high):
            return Self.fill(shape) { Float(low + (high - low) * Double(random.uniform(at: $0))) }
        case .randomNormal(let mean, let deviation):
            return Self.fill(shape) { Float(mean + deviation * Self.normal(random, $0)) }
        case .truncatedNormal(let mean, let deviation):
            return Self.fill(shape) { Float(mean + deviation * Self.truncatedNormal(random, $0)) }
        case .varianceScaling(let scale, let mode, let distribution):
            let fans = Self.fans(shape)
            let fan =
                switch mode {
                case .fanIn: fans.in
                case .fanOut: fans.out
                case .fanAvg: (fans.in + fans.out) / 2
                }
            let variance = scale / max(1, fan)
            switch distribution {
            case .uniform:
                let limit = (3 * variance).squareRoot()
                return Initializer.randomUniform(from: -limit, to: limit).draw(shape, random)
            case .truncatedNormal:
                // The standard deviation of a standard normal cut at ±2, so that the cut one has the asked variance.
                let deviation = variance.squareRoot() / 0.87962566103423978
                return Initializer.truncatedNormal(mean: 0, standardDeviation: deviation).draw(shape, random)
            case .untruncatedNormal:
                return Initializer.randomNormal(mean: 0, standardDeviation: variance.squareRoot()).draw(shape, random)
            }
        }
    }

    /// Inputs and outputs of one unit: the last two axes, times the receptive field before them.
    private static func fans(_ shape: Shape) -> (in: Double, out: Double) {
        switch shape.count {
        case 0: return (1, 1)
        case 1: return (Double(shape[0]), Double(shape[0]))
        default:
            let field = shape.dropLast(2).reduce(1, *)
            return (Double(field * shape[shape.count - 2]), Double(field * shape[shape.count - 1]))
        }
    }

    private static func fill(_ shape: Shape, _ value: (Int) -> Float) -> Tensor {
        Tensor(unsafeUninitialized: shape) { elements in
            for i in elements.indices { elements[i] = value(i) }
        }
    }

    /// A standard normal number (Box and Muller, 1958) from one block of the stream.
    private static func normal(_ random: Random, _ position: Int, attempt: UInt64 = 0) -> Double {
        let words = random.words(at: UInt64(position) | attempt << 48)
        let u = (Double(words[0]) + 0.5) * 0x1p-32
        let v = (Double(words[1]) + 0.5) * 0x1p-32
        return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
    }

    private static func truncatedNormal(_ random: Random, _ position: Int) -> Double {
        var attempt: UInt64 = 0
        while true {
            let value = normal(random, position, attempt: attempt)
            if abs(value) <= 2 { return value }
            attempt += 1
        }
    }
}
