/// How Keras writes initializers: `{"class_name": "GlorotUniform", "config": {"seed": null}, …}`.
///
/// Class names of `keras.initializers` and the older lower-case names are read; what is the same distribution under
/// two names (GlorotUniform and a VarianceScaling with its values) is written under the shorter one.
extension Initializer: KerasObject {
    static let kerasModule = "keras.initializers"
    static let expected = "an initializer of keras.initializers other than STFT"

    init?(plainName: String, from config: inout OptionReader) throws(OptionError) {
        config.ignore("dtype")
        let initializer: Initializer
        switch plainName {
        case "zeros", "zero": initializer = .zeros
        case "ones", "one": initializer = .ones
        case "constant": initializer = .constant(try config.double("value", default: 0))
        case "randomuniform", "uniform":
            initializer = .randomUniform(
                from: try config.double("minval", default: -0.05), to: try config.double("maxval", default: 0.05))
        case "randomnormal", "normal":
            initializer = .randomNormal(
                mean: try config.double("mean", default: 0),
                standardDeviation: try config.double("stddev", default: 0.05))
        case "truncatednormal":
            initializer = .truncatedNormal(
                mean: try config.double("mean", default: 0),
                standardDeviation: try config.double("stddev", default: 0.05))
        case "identity", "identityinitializer": initializer = .identity(gain: try config.double("gain", default: 1))
        case "orthogonal", "orthogonalinitializer":
            initializer = .orthogonal(gain: try config.double("gain", default: 1))
        case "stft": initializer = .fourier(try FourierWaves(from: &config))
        case "variancescaling":
            try config.refuseAxes()
            initializer = .varianceScaling(
                scale: try config.double("scale", default: 1), mode: try config.choice("mode", default: .fanIn),
                distribution: try config.optional("distribution", "a known distribution") { value in
                    // Keras 2.2 and older say "normal" for the truncated one.
                    value.string == "normal" ? .truncatedNormal : value.string.flatMap(Distribution.init)
                } ?? .truncatedNormal)
        default:
            guard let known = Self.named.first(where: { $0.name.lowercased() == plainName }) else { return nil }
            try config.refuseAxes()
            initializer = known.initializer
        }
        let seed = try config.optional("seed", "a whole number or null", \.int64)
        self = seed.map { .seeded(initializer, seed: $0) } ?? initializer
    }

    /// The class names of Keras that are read.
    public static let classNames = [
        "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "LecunNormal",
        "LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling",
        "Zeros",
    ]

    /// Keras' short names for variance scaling.
    private static let named: [(name: String, initializer: Initializer)] = [
        ("GlorotNormal", .varianceScaling(scale: 1, mode: .fanAvg, distribution: .truncatedNormal)),
        ("GlorotUniform", .varianceScaling(scale: 1, mode: .fanAvg, distribution: .uniform)),
        ("HeNormal", .varianceScaling(scale: 2, mode: .fanIn, distribution: .truncatedNormal)),
        ("HeUniform", .varianceScaling(scale: 2, mode: .fanIn, distribution: .uniform)),
        ("LecunNormal", .varianceScaling(scale: 1, mode: .fanIn, distribution: .truncatedNormal)),
        ("LecunUniform", .varianceScaling(scale: 1, mode: .fanIn, distribution: .uniform)),
    ]

    var className: String {
        switch self {
        case .zeros: "Zeros"
        case .ones: "Ones"
        case .constant: "Constant"
        case .randomUniform: "RandomUniform"
        case .randomNormal: "RandomNormal"
        case .truncatedNormal: "TruncatedNormal"
        case .varianceScaling: Self.named.first { $0.initializer == self }?.name ?? "VarianceScaling"
        case .identity: "Identity"
        case .orthogonal: "Orthogonal"
        case .fourier: "STFT"
        case .unitForgetBias(let initializer), .flattened(let initializer, _), .seeded(let initializer, _):
            initializer.className
        }
    }

    var config: Options {
        switch self {
        case .zeros, .ones: return [:]
        case .constant(let value): return ["value": .double(value)]
        case .randomUniform(let low, let high): return ["seed": nil, "minval": .double(low), "maxval": .double(high)]
        case .randomNormal(let mean, let deviation), .truncatedNormal(let mean, let deviation):
            return ["seed": nil, "mean": .double(mean), "stddev": .double(deviation)]
        case .varianceScaling(let scale, let mode, let distribution):
            if className != "VarianceScaling" { return ["seed": nil] }
            return [
                "seed": nil, "scale": .double(scale), "mode": .string(mode.rawValue),
                "distribution": .string(distribution.rawValue),
            ]
        case .identity(let gain): return gain == 1 ? [:] : ["gain": .double(gain)]
        case .orthogonal(let gain): return ["seed": nil, "gain": .double(gain)]
        case .fourier(let waves): return waves.config
        case .unitForgetBias(let initializer), .flattened(let initializer, _): return initializer.config
        case .seeded(let initializer, let seed):
            var config = initializer.config
            config["seed"] = .int(seed)
            return config
        }
    }
}

extension OptionReader {
    /// Keras 3's explicit fan axes of variance scaling, which only their default is supported of.
    fileprivate mutating func refuseAxes() throws(OptionError) {
        for name in ["input_axes", "output_axes"] {
            _ = try optional(name, "null") { _ in Bool?.none }
        }
    }
}
