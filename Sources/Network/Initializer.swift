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
    /// `gain` on the diagonal of a matrix, zero elsewhere.
    case identity(gain: Double)
    /// A random matrix with orthonormal rows or columns, times `gain` (Saxe et al., 2014).
    case orthogonal(gain: Double)
    /// The waves of a Fourier transform, one for each frequency: Keras' `STFT`.
    case fourier(FourierWaves)
    /// The bias of an LSTM: ones for the forget gate, the second of four, and another initializer for the others.
    ///
    /// It is what the option `unit_forget_bias` makes of a bias' initializer, and never written itself.
    indirect case unitForgetBias(Initializer)
    /// A kernel of several input and output axes, drawn as the matrix whose rows are its first `inputs` axes.
    ///
    /// It says which axes are a kernel's inputs, and is never written itself.
    indirect case flattened(Initializer, inputs: Int)
    /// An initializer with a seed of its own: it draws the same numbers whatever the model's seed.
    indirect case seeded(Initializer, seed: Int)

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
        case .identity(let gain):
            let columns = shape.last ?? 1
            return Self.fill(shape) { $0 % (columns + 1) == 0 && $0 / columns < columns ? Float(gain) : 0 }
        case .orthogonal(let gain): return Self.orthogonal(shape, gain, random)
        case .fourier(let waves): return waves.kernel(shape)
        case .flattened(let initializer, let inputs):
            let rows = shape.prefix(inputs).reduce(1, *)
            return initializer.draw([rows, shape.elementCount / max(1, rows)], random).reshaped(to: shape)
        case .unitForgetBias(let others):
            var bias = others.draw(shape, random)
            for i in bias.count / 4..<bias.count / 2 { bias[i] = 1 }
            return bias
        case .seeded(let initializer, let seed):
            return initializer.draw(shape, Random(seed: UInt64(bitPattern: Int64(seed))))
        }
    }

    /// Gram and Schmidt over a normal matrix: the Q of its QR decomposition with a positive diagonal in R.
    private static func orthogonal(_ shape: Shape, _ gain: Double, _ random: Random) -> Tensor {
        let columns = shape.last ?? 1
        let rows = shape.elementCount / max(1, columns)
        let (count, length) = (min(rows, columns), max(rows, columns))
        var vectors: [[Double]] = []
        for i in 0..<count {
            var vector = (0..<length).map { normal(random, i * length + $0) }
            for _ in 0..<2 {  // twice is enough to be orthogonal to rounding (Giraud et al., 2005)
                for other in vectors {
                    let projection = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for j in vector.indices { vector[j] -= projection * other[j] }
                }
            }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            vectors.append(vector.map { $0 / norm })
        }
        return fill(shape) { position in
            let (row, column) = (position / columns, position % columns)
            return Float(gain * (rows <= columns ? vectors[row][column] : vectors[column][row]))
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
