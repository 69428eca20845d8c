import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A convolution's kernel that takes the frequencies of frames, the initializer `STFT` of Keras.
///
///     kernel[t, 0, f] = window[t] · cos(−2π t f / n) / size,  n = 2 (frequencies − 1);  sin for the imaginary part
public struct FourierWaves: Hashable, Sendable {
    public enum Part: String, Hashable, Sendable, CaseIterable { case real, imag }

    /// What a window is divided by.
    public enum Scaling: String, Hashable, Sendable, CaseIterable {
        /// The root of the sum of its squares.
        case density
        /// Its sum.
        case spectrum
    }

    public var part: Part
    public var window: SpectralWindow?
    public var scaling: Scaling?
    /// Whether the window's cosines repeat after the frame, not one sample before its end.
    public var isPeriodic: Bool

    public init(
        _ part: Part = .real, window: SpectralWindow? = .cosines(.hann), scaling: Scaling? = .density,
        isPeriodic: Bool = false
    ) {
        self.part = part
        self.window = window
        self.scaling = scaling
        self.isPeriodic = isPeriodic
    }

    init(from options: inout OptionReader) throws(OptionError) {
        part = try options.choice("side", default: .real)
        let count = options.value("window")?.array?.count ?? 0
        window = try options.window(count: count, among: SpectralWindow.Name.allCases)
        scaling = try options.scaling()
        isPeriodic = try options.bool("periodic", default: false)
    }

    var config: Options {
        [
            "side": .string(part.rawValue), "window": window?.optionValue ?? .null, "periodic": .bool(isPeriodic),
            "scaling": scaling.map { .string($0.rawValue) } ?? .null,
        ]
    }

    /// The kernel of shape `[samples, 1, frequencies]`.
    func kernel(_ shape: Shape) -> Tensor {
        let (count, frequencies) = (shape[0], shape[shape.count - 1])
        let samples =
            window?.samples(count, period: isPeriodic ? count : count - 1) ?? Array(repeating: 1, count: count)
        let size: Double =
            switch window == nil ? nil : scaling {
            case .density: samples.reduce(0) { $0 + $1 * $1 }.squareRoot()
            case .spectrum: samples.reduce(0) { $0 + abs($1) }
            case nil: 1
            }
        let period = max(1, 2 * (frequencies - 1))
        var kernel = Tensor(shape)
        for t in 0..<min(count, samples.count) {
            for f in 0..<frequencies {
                let angle = -2 * .pi * Double(t * f % period) / Double(period)
                kernel[t * frequencies + f] = Float(samples[t] * (part == .real ? cos(angle) : sin(angle)) / size)
            }
        }
        return kernel
    }
}

extension OptionReader {
    /// The option `scaling` of a window, where null says none.
    mutating func scaling() throws(OptionError) -> FourierWaves.Scaling? {
        if options["scaling"]?.isNull == true {
            ignore("scaling")
            return nil
        }
        return try choice("scaling", default: .density)
    }
}
