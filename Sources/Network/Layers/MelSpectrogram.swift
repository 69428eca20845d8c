import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sounds as images: how loud each pitch is at each time; Keras' `MelSpectrogram`.
///
///     s = |frames(x) · waves|ᵉ · triangles,  y = 10 log₁₀ max(s, min_power) − 10 log₁₀ ref_power,  cut `top_db` below its largest
///
/// The input has shape `[batch, samples]`, the output `[batch, bins, frames]`. As in Keras the largest is that of the
/// batch, so what is cut off depends on what else is in it. Before the frames are taken, half of one is mirrored at both
/// ends.
public struct MelSpectrogram: UnaryLayer {
    public static let kerasName = "MelSpectrogram"

    public var fftLength: Int
    public var sequenceStride: Int
    /// How many samples of a frame the window covers.
    public var sequenceLength: Int
    public var window: SpectralWindow?
    public var samplingRate: Int
    public var binCount: Int
    public var minFrequency: Double
    public var maxFrequency: Double
    /// Whether loudness is in decibels.
    public var powerToDecibels: Bool
    public var topDecibels: Double
    public var magnitudeExponent: Double
    public var minPower: Double
    public var referencePower: Double

    /// - Parameters:
    ///   - sequenceLength: by default `fftLength`.
    ///   - maxFrequency: by default half of `samplingRate`.
    public init(
        fftLength: Int = 2048, sequenceStride: Int = 512, sequenceLength: Int? = nil,
        window: SpectralWindow? = .cosines(.hann), samplingRate: Int = 16000, binCount: Int = 128,
        minFrequency: Double = 20, maxFrequency: Double? = nil, powerToDecibels: Bool = true, topDecibels: Double = 80,
        magnitudeExponent: Double = 2, minPower: Double = 1e-10, referencePower: Double = 1
    ) {
        self.fftLength = fftLength
        self.sequenceStride = sequenceStride
        self.sequenceLength = sequenceLength ?? fftLength
        self.window = window
        self.samplingRate = samplingRate
        self.binCount = binCount
        self.minFrequency = minFrequency
        self.maxFrequency = maxFrequency ?? Double(samplingRate / 2)
        self.powerToDecibels = powerToDecibels
        self.topDecibels = topDecibels
        self.magnitudeExponent = magnitudeExponent
        self.minPower = minPower
        self.referencePower = referencePower
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let length = try options.ints("fft_length", count: 1, default: [2048])[0]
        fftLength = length
        sequenceStride = try options.ints("sequence_stride", count: 1, default: [512])[0]
        sequenceLength =
            try options.optional("sequence_length", "a whole number up to \(length), or null") { value in
                value.int.flatMap { (1...length).contains($0) ? $0 : nil }
            } ?? length
        window = try options.window(count: sequenceLength, among: [.hann, .hamming])
        samplingRate = try options.ints("sampling_rate", count: 1, default: [16000])[0]
        binCount = try options.ints("num_mel_bins", count: 1, default: [128])[0]
        minFrequency = try options.double("min_freq", default: 20)
        maxFrequency = try options.double("max_freq", default: Double(samplingRate / 2))
        powerToDecibels = try options.bool("power_to_db", default: true)
        topDecibels = try options.double("top_db", default: 80)
        magnitudeExponent = try options.double("mag_exp", default: 2)
        minPower = try options.double("min_power", default: 1e-10)
        referencePower = try options.double("ref_power", default: 1)
    }

    public var options: Options {
        [
            "fft_length": .int(fftLength), "sequence_stride": .int(sequenceStride),
            "sequence_length": .int(sequenceLength), "window": window?.optionValue ?? .null,
            "sampling_rate": .int(samplingRate), "num_mel_bins": .int(binCount), "min_freq": .double(minFrequency),
            "max_freq": .double(maxFrequency), "power_to_db": .bool(powerToDecibels), "top_db": .double(topDecibels),
            "mag_exp": .double(magnitudeExponent), "min_power": .double(minPower),
            "ref_power": .double(referencePower),
        ]
    }

    // MARK: Shapes

    private var margin: Int { fftLength / 2 }
    private var frequencies: Int { fftLength / 2 + 1 }

    private func frames(_ samples: Int) -> Int { 1 + (samples + 2 * margin - fftLength) / sequenceStride }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == 2, input[1] == Shape.unknown || input[1] > margin else {
            throw ShapeError(
                layer: "MelSpectrogram", expected: "[batch, samples] with more than \(margin) samples", found: input)
        }
        return [input[0], binCount, input[1] == Shape.unknown ? Shape.unknown : frames(input[1])]
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        ShapeLimits.product(frames(inputs[0][1]), frequencies, 2 * fftLength + binCount)
    }

    // MARK: y = 10 log₁₀(|frames · waves|ᵉ · triangles)

    /// The windowed waves of all frequencies, cosines before sines: `[fftLength, 2 · frequencies]`.
    private var waves: Tensor {
        // TensorFlow's windows of an odd length are symmetrical.
        let period = sequenceLength.isMultiple(of: 2) ? sequenceLength : sequenceLength - 1
        let samples =
            window?.samples(sequenceLength, period: period) ?? Array(repeating: 1, count: fftLength)
        let first = (fftLength - samples.count) / 2
        let turn = (0..<fftLength).map { 2 * Double.pi * Double($0) / Double(fftLength) }
        let (cosines, sines) = (turn.map { cos($0) }, turn.map { -sin($0) })
        var waves = Tensor([fftLength, 2 * frequencies])
        waves.withMutableElements { waves in
            for (offset, sample) in samples.enumerated() {
                let row = (first + offset) * 2 * frequencies
                for f in 0..<frequencies {
                    let angle = (first + offset) * f % fftLength
                    waves[row + f] = Float(sample * cosines[angle])
                    waves[row + frequencies + f] = Float(sample * sines[angle])
                }
            }
        }
        return waves
    }

    private var filters: Tensor {
        MelFilters(
            binCount: binCount, samplingRate: samplingRate, minFrequency: minFrequency, maxFrequency: maxFrequency
        ).matrix(frequencies: frequencies)
    }

    /// The sample at a place of the padded sound: the ends are mirrors.
    private func sample(_ place: Int, of count: Int) -> Int {
        let inner = place - margin
        return inner < 0 ? -inner : inner < count ? inner : 2 * (count - 1) - inner
    }

    /// Overlapping pieces of the sounds, `[batch · frames, fftLength]`.
    private func framed(_ x: Tensor) -> Tensor {
        let (count, frames) = (x.shape[1], frames(x.shape[1]))
        var pieces = Tensor([x.shape[0] * frames, fftLength])
        for row in 0..<pieces.shape[0] {
            let (sound, start) = (row / frames * count, row % frames * sequenceStride)
            for i in 0..<fftLength { pieces[row * fftLength + i] = x[sound + sample(start + i, of: count)] }
        }
        return pieces
    }

    /// The power of a magnitude's square.
    private func raised(_ square: Float) -> Float {
        magnitudeExponent == 2 ? square : pow(square.squareRoot(), Float(magnitudeExponent))
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let pool = context.pool
        let parts = matmul(framed(x), waves, on: pool)
        var powers = Tensor([parts.shape[0], frequencies])
        for row in 0..<parts.shape[0] {
            for f in 0..<frequencies {
                let real = parts[row * 2 * frequencies + f]
                let imag = parts[row * 2 * frequencies + frequencies + f]
                powers[row * frequencies + f] = raised(real * real + imag * imag)
            }
        }
        let sums = matmul(powers, filters, on: pool)
        let found = powerToDecibels ? cut(decibels(sums, on: pool), on: pool) : sums
        let three = found.reshaped(to: [x.shape[0], frames(x.shape[1]), binCount])
        return Pass(x, transposed(three, axes: [0, 2, 1], on: pool), saved: [parts, sums])
    }

    private func decibels(_ powers: Tensor, on pool: WorkerPool) -> Tensor {
        let (least, reference) = (Float(minPower), Float(max(abs(referencePower), minPower)))
        let offset = 10 * log10(reference)
        return mapped(powers, on: pool) { 10 * log10(max($0, least)) - offset }
    }

    private func cut(_ loudness: Tensor, on pool: WorkerPool) -> Tensor {
        let least = (loudness.elements.max() ?? 0) - Float(topDecibels)
        return mapped(loudness, on: pool) { max($0, least) }
    }

    // MARK: ds = 10 / (s ln 10) dy,  dp = ds · trianglesᵀ,  dparts = e |p|ᵉ⁻² parts dp,  dframes = dparts · wavesᵀ

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let (parts, sums) = (pass.saved[0], pass.saved[1])
        var dsums = transposed(dy, axes: [0, 2, 1], on: pool).reshaped(to: sums.shape)
        if powerToDecibels { dsums = decibelGradient(dsums, sums, on: pool) }
        let dpowers = matmul(dsums, filters, transposingB: true, on: pool)
        var dparts = Tensor(parts.shape)
        let exponent = Float(magnitudeExponent)
        for row in 0..<parts.shape[0] {
            for f in 0..<frequencies {
                let (real, imag) = (row * 2 * frequencies + f, row * 2 * frequencies + frequencies + f)
                let square = parts[real] * parts[real] + parts[imag] * parts[imag]
                let slope = exponent == 2 ? 2 : square > 0 ? exponent * raised(square) / square : 0
                let share = slope * dpowers[row * frequencies + f]
                dparts[real] = share * parts[real]
                dparts[imag] = share * parts[imag]
            }
        }
        let dframes = matmul(dparts, waves, transposingB: true, on: pool)
        let (count, frames) = (pass.x.shape[1], frames(pass.x.shape[1]))
        var dx = Tensor(pass.x.shape)
        for row in 0..<dframes.shape[0] {
            let (sound, start) = (row / frames * count, row % frames * sequenceStride)
            for i in 0..<fftLength { dx[sound + sample(start + i, of: count)] += dframes[row * fftLength + i] }
        }
        return Gradients(input: dx)
    }

    /// What was cut off has its gradient at the loudest.
    private func decibelGradient(_ dy: Tensor, _ powers: Tensor, on pool: WorkerPool) -> Tensor {
        let loudness = decibels(powers, on: pool).elements
        var dloudness = dy
        if let loudest = loudness.indices.max(by: { loudness[$0] < loudness[$1] }) {
            let least = loudness[loudest] - Float(topDecibels)
            for i in loudness.indices where loudness[i] < least {
                dloudness[loudest] += dy[i]
                dloudness[i] = 0
            }
        }
        return zipped(dloudness, powers, on: pool) { d, power in
            power >= Float(minPower) ? d * 10 / (power * Float(log(10.0))) : 0
        }
    }
}
