import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The frequencies of sounds, frame by frame, by two convolutions that training may change; Keras' `STFTSpectrogram`.
///
///     r = x ⋆ real_kernel,  i = x ⋆ imag_kernel,  p = r² + i²,  y = one of r, i, [r, i], ∠, p (inner ones twice), √p, log √p
///
/// The input has shape `[batch, samples, channels]`, each kernel `[frameLength, 1, f]` with `f = fftLength / 2 + 1`; the
/// output has shape `[batch, frames, channels · f]`, or with `expandsDims` `[batch, frames, f, channels]`. With channels
/// first these are `[batch, channels, samples]`, `[batch, channels · f, frames]` and `[batch, channels, frames, f]`.
public struct STFTSpectrogram: UnaryLayer, LayoutBlind {
    public static let kerasName = "STFTSpectrogram"

    public enum Mode: String, Hashable, Sendable, CaseIterable { case log, magnitude, psd, real, imag, angle, stft }

    public var mode: Mode
    public var frameLength: Int
    /// By default half a frame.
    public var frameStep: Int?
    /// By default the frame's length, brought up to a power of two.
    public var fftLength: Int?
    /// What the kernels are at first.
    public var waves: FourierWaves
    public var padding: Padding
    public var expandsDims: Bool
    public var isChannelsFirst: Bool

    public init(
        mode: Mode = .log, frameLength: Int = 256, frameStep: Int? = nil, fftLength: Int? = nil,
        waves: FourierWaves = FourierWaves(), padding: Padding = .valid, expandsDims: Bool = false,
        isChannelsFirst: Bool = false
    ) {
        self.mode = mode
        self.frameLength = frameLength
        self.frameStep = frameStep
        self.fftLength = fftLength
        self.waves = waves
        self.padding = padding
        self.expandsDims = expandsDims
        self.isChannelsFirst = isChannelsFirst
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        mode = try options.choice("mode", default: .log)
        let length = try options.ints("frame_length", count: 1, default: [256])[0]
        frameLength = length
        frameStep = try options.optional("frame_step", "a whole number from 1 to \(length), or null") { value in
            value.int.flatMap { (1...length).contains($0) ? $0 : nil }
        }
        fftLength = try options.optional(
            "fft_length", "a whole number from \(length)\(OptionLimits.words("fft_length")), or null"
        ) { value in
            value.count("fft_length").flatMap { $0 >= length ? $0 : nil }
        }
        waves = FourierWaves(
            window: try options.window(count: length, among: SpectralWindow.Name.allCases),
            scaling: try options.scaling(), isPeriodic: try options.bool("periodic", default: false))
        padding = try options.padding(allowsCausal: false)
        expandsDims = try options.bool("expand_dims", default: false)
        let layouts = ["channels_last", "channels_first"]
        isChannelsFirst =
            try options.optional("data_format", "\"channels_last\" or \"channels_first\"") {
                $0.string.flatMap(layouts.firstIndex)
            } == 1
    }

    public var options: Options {
        let window = waves.config
        return [
            "mode": .string(mode.rawValue), "frame_length": .int(frameLength),
            "frame_step": frameStep.map { .int($0) } ?? .null, "fft_length": fftLength.map { .int($0) } ?? .null,
            "window": window["window"] ?? .null, "periodic": .bool(waves.isPeriodic),
            "scaling": window["scaling"] ?? .null, "padding": .string(padding.rawValue),
            "data_format": isChannelsFirst ? "channels_first" : "channels_last", "expand_dims": .bool(expandsDims),
        ]
    }

    // MARK: Shapes

    /// How many frequencies each kernel takes.
    public var frequencies: Int {
        if let fftLength { return fftLength / 2 + 1 }
        var power = 1
        while power < frameLength { power *= 2 }
        return power / 2 + 1
    }

    /// One channel's convolution with one kernel.
    private var framing: Conv1D {
        Conv1D(
            filters: frequencies, kernelSize: [frameLength], strides: [max(1, frameStep ?? frameLength / 2)],
            padding: padding, useBias: false)
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == 3, input[isChannelsFirst ? 1 : 2] > 0 else {
            throw ShapeError(
                layer: "STFTSpectrogram",
                expected: isChannelsFirst ? "[batch, channels, samples]" : "[batch, samples, channels]", found: input)
        }
        let (channels, samples) = (input[isChannelsFirst ? 1 : 2], input[isChannelsFirst ? 2 : 1])
        let frames = try framing.outputShape(for: [input[0], samples, 1])[1]
        let found = frequencies * (mode == .stft ? 2 : 1)
        switch (isChannelsFirst, expandsDims) {
        case (false, false): return [input[0], frames, channels * found]
        case (false, true): return [input[0], frames, found, channels]
        case (true, false): return [input[0], channels * found, frames]
        case (true, true): return [input[0], channels, frames, found]
        }
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        parts.map { part in
            var waves = waves
            waves.part = part
            return WeightSpec("\(part.rawValue)_kernel", [frameLength, 1, frequencies], .fourier(waves))
        }
    }

    /// The kernels that the mode needs.
    private var parts: [FourierWaves.Part] {
        switch mode {
        case .real: [.real]
        case .imag: [.imag]
        default: [.real, .imag]
        }
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        let input = inputs[0]
        let (channels, samples) = (input[isChannelsFirst ? 1 : 2], input[isChannelsFirst ? 2 : 1])
        let frames = try framing.outputShape(for: [1, samples, 1])[1]
        return ShapeLimits.product(parts.count, channels, frames, frequencies, frameLength)
    }

    // MARK: y = mode(x ⋆ real_kernel, x ⋆ imag_kernel)

    /// Every channel as a sound of its own, `[batch · channels, samples, 1]`.
    private func sounds(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        let turned = isChannelsFirst ? x : transposed(x, axes: [0, 2, 1], on: pool)
        return turned.reshaped(to: [turned.shape[0] * turned.shape[1], turned.shape[2], 1])
    }

    /// How `[batch, channels, frames, frequencies]` is turned for the output.
    private var order: [Int] {
        switch (isChannelsFirst, expandsDims) {
        case (false, false): [0, 2, 1, 3]
        case (false, true): [0, 2, 3, 1]
        case (true, false): [0, 1, 3, 2]
        case (true, true): [0, 1, 2, 3]
        }
    }

    /// Keras' least power, and least magnitude.
    private static let epsilon: Float = 1e-7

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let pool = context.pool
        let sounds = sounds(x, on: pool)
        let found = weights.map { framing.convolved(sounds, [$0], bias: nil, relu: false, on: pool) }
        let channels = x.shape[isChannelsFirst ? 1 : 2]
        let frames = found[0].shape[1]
        let values = value(found, on: pool)
        let four = values.reshaped(to: [x.shape[0], channels, frames, values.shape[2]])
        let y = transposed(four, axes: order, on: pool)
        let shape: Shape =
            if expandsDims { y.shape } else if isChannelsFirst {
                [x.shape[0], channels * values.shape[2], frames]
            } else {
                [x.shape[0], frames, channels * values.shape[2]]
            }
        return Pass(x, y.reshaped(to: shape), saved: [sounds] + found)
    }

    /// What the mode makes of both parts, `[sounds, frames, frequencies]`.
    private func value(_ parts: [Tensor], on pool: WorkerPool) -> Tensor {
        switch mode {
        case .real, .imag: return parts[0]
        case .angle: return zipped(parts[0], parts[1], on: pool) { real, imag in atan2(imag, real) }
        case .stft:
            let (rows, columns) = (parts[0].shape[0] * parts[0].shape[1], frequencies)
            var both = Tensor([parts[0].shape[0], parts[0].shape[1], 2 * columns])
            for row in 0..<rows {
                for f in 0..<columns {
                    both[row * 2 * columns + f] = parts[0][row * columns + f]
                    both[row * 2 * columns + columns + f] = parts[1][row * columns + f]
                }
            }
            return both
        case .psd:
            var power = power(parts, on: pool)
            for i in 0..<power.count where isInner(i) { power[i] *= 2 }
            return power
        case .magnitude: return mapped(power(parts, on: pool), on: pool) { max($0, Self.epsilon).squareRoot() }
        case .log: return mapped(power(parts, on: pool), on: pool) { log(max($0, Self.epsilon).squareRoot()) }
        }
    }

    private func power(_ parts: [Tensor], on pool: WorkerPool) -> Tensor {
        zipped(parts[0], parts[1], on: pool) { $0 * $0 + $1 * $1 }
    }

    /// Whether an element is of a frequency that stands for its mirror too.
    private func isInner(_ element: Int) -> Bool {
        let frequency = element % frequencies
        return frequency > 0 && frequency < frequencies - 1
    }

    // MARK: dx = Σ dpart ⋆ᵀ kernel,  dkernel = x ⋆ dpart

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let parts = Array(pass.saved.dropFirst())
        let channels = pass.x.shape[isChannelsFirst ? 1 : 2]
        let sizes = [pass.x.shape[0], channels, parts[0].shape[1], frequencies * (mode == .stft ? 2 : 1)]
        let turned = dy.reshaped(to: Shape(order.map { sizes[$0] }))
        let dvalue = transposed(turned, axes: order.indices.map { order.firstIndex(of: $0) ?? $0 }, on: pool)
        var dx: Tensor?
        var kernels: [Tensor] = []
        for (dpart, kernel) in zip(gradients(of: parts, dvalue, on: pool), weights) {
            let found = framing.gradients(
                dpart, pass.saved[0], [kernel], wantsInput: context.wantsInputGradients, on: pool)
            kernels += found.kernels
            if let own = found.input { dx = dx.map { adding($0, own, on: pool) } ?? own }
        }
        let input = dx.map { dx in
            let flat = dx.reshaped(to: [pass.x.shape[0], channels, dx.shape[1]])
            return isChannelsFirst ? flat : transposed(flat, axes: [0, 2, 1], on: pool)
        }
        return Gradients(input: input, weights: kernels)
    }

    /// The gradients with respect to both parts.
    private func gradients(of parts: [Tensor], _ dy: Tensor, on pool: WorkerPool) -> [Tensor] {
        guard parts.count == 2 else { return [dy.reshaped(to: parts[0].shape)] }
        if mode == .stft {
            return [0, 1].map { part in
                var own = Tensor(parts[0].shape)
                for i in 0..<own.count {
                    own[i] = dy[(i / frequencies * 2 + part) * frequencies + i % frequencies]
                }
                return own
            }
        }
        let dy = dy.reshaped(to: parts[0].shape)
        var (dreal, dimag) = (Tensor(parts[0].shape), Tensor(parts[0].shape))
        for i in 0..<dy.count {
            let (real, imag) = (parts[0][i], parts[1][i])
            let power = real * real + imag * imag
            if mode == .angle {
                dreal[i] = -imag / power * dy[i]
                dimag[i] = real / power * dy[i]
                continue
            }
            let slope: Float =
                switch mode {
                case .psd: isInner(i) ? 2 : 1
                case .magnitude: power >= Self.epsilon ? 0.5 / power.squareRoot() : 0
                default: power >= Self.epsilon ? 0.5 / power : 0
                }
            dreal[i] = 2 * real * slope * dy[i]
            dimag[i] = 2 * imag * slope * dy[i]
        }
        return [dreal, dimag]
    }
}
