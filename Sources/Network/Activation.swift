import Tensors

/// A function between layers, with the names and the arithmetic of `keras.activations`.
///
/// It is an option of layers such as Dense and Conv2D, and a layer of its own, `Activation`. Its value and its slope
/// are in `Activation+Arithmetic.swift`.
public enum Activation: Hashable, Sendable {
    /// `x`
    case linear
    /// `max(x, 0)`
    case relu
    /// `min(max(x, 0), 6)`
    case relu6
    /// Keras' layer `ReLU`: `maximum` at most, `slope · (x − threshold)` below the threshold, `x` between.
    case rectifier(maximum: Double?, slope: Double, threshold: Double)
    /// `x` where positive, `slope · x` elsewhere.
    case leakyReLU(slope: Double)
    /// `x` where positive, `α (eˣ − 1)` elsewhere (Clevert et al., 2016).
    case elu(alpha: Double)
    /// `λx` where positive, `λα (eˣ − 1)` elsewhere, with λ = 1.0507…, α = 1.6733… (Klambauer et al., 2017).
    case selu
    /// `max(x, 0) + e^min(x, 0) − 1`
    case celu
    /// `1 / (1 + e⁻ˣ)`
    case sigmoid
    /// `min(max(x + 3, 0), 6) / 6`, as Keras 3 means it.
    case hardSigmoid
    /// `min(max(0.2x + 0.5, 0), 1)`: what Keras 1 and 2 and tf_keras call `hard_sigmoid`.
    case hardSigmoidKeras2
    /// `log(1 / (1 + e⁻ˣ))`
    case logSigmoid
    /// 0 below −1, 1 above 1, `(x + 1) / 2` between.
    case sparseSigmoid
    case tanh
    /// `min(max(x, −1), 1)`
    case hardTanh
    /// `x − tanh x`
    case tanhShrink
    /// `x` where `|x| > 0.5`, 0 elsewhere.
    case hardShrink
    /// `x` moved towards 0 by 0.5, 0 if it would pass it.
    case softShrink
    /// `log(1 + eˣ)`
    case softplus
    /// `x / (1 + |x|)`
    case softsign
    /// 0 below −1, `x` above 1, `(x + 1)² / 4` between.
    case sparsePlus
    /// `(x + √(x² + 4)) / 2`
    case squareplus
    /// `eˣ`
    case exponential
    /// `x · Φ(x)`, with the normal distribution Φ; approximately `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    case gelu(approximate: Bool)
    /// `x · sigmoid(x)`, also called swish.
    case silu
    /// `x · hardSigmoid(x)`
    case hardSilu
    /// `x · tanh(softplus(x))`
    case mish
    /// `x` above a threshold, another value elsewhere.
    case threshold(Double, value: Double)
    /// `a · sigmoid(b)` with the halves `a` and `b` of `x` along an axis, which becomes half as long.
    case glu(axis: Int)
    /// `eˣ / Σ eˣ` along an axis.
    case softmax(axis: Int)
    /// The logarithm of softmax along an axis.
    case logSoftmax(axis: Int)
    /// `max(x − τ, 0)` along an axis, with Keras 3's threshold τ (after Martins and Astudillo, 2016).
    case sparsemax(axis: Int)
}

extension Activation {
    /// `eˣ / Σ eˣ` along the last axis: Keras' `"softmax"`.
    public static let softmax = Activation.softmax(axis: -1)
    /// Keras' `"elu"`: α = 1.
    public static let elu = Activation.elu(alpha: 1)
    /// Keras' `"gelu"`: the exact one.
    public static let gelu = Activation.gelu(approximate: false)
    /// Keras' `"leaky_relu"`: slope 0.2. (The layer `LeakyReLU` has 0.3 by default.)
    public static let leakyReLU = Activation.leakyReLU(slope: 0.2)

    /// The functions that Keras knows by name, with the name it writes.
    public static let named: [(name: String, activation: Activation)] = [
        ("celu", .celu), ("elu", .elu), ("exponential", .exponential), ("gelu", .gelu),
        // No Keras has a name for it: a file that says so is refused there instead of being read as the exact one.
        ("gelu_approximate", .gelu(approximate: true)),
        ("hard_shrink", .hardShrink), ("hard_sigmoid", .hardSigmoid),
        // Both Keras 2 and Keras 3 write "hard_sigmoid"; the files' side tells them apart.
        ("hard_sigmoid_keras2", .hardSigmoidKeras2),
        ("hard_silu", .hardSilu), ("hard_tanh", .hardTanh), ("leaky_relu", .leakyReLU), ("linear", .linear),
        ("log_sigmoid", .logSigmoid), ("log_softmax", .logSoftmax(axis: -1)), ("mish", .mish), ("relu", .relu),
        ("relu6", .relu6), ("selu", .selu), ("sigmoid", .sigmoid), ("silu", .silu), ("soft_shrink", .softShrink),
        ("softmax", .softmax), ("softplus", .softplus), ("softsign", .softsign), ("sparse_plus", .sparsePlus),
        ("sparse_sigmoid", .sparseSigmoid), ("sparsemax", .sparsemax(axis: -1)), ("squareplus", .squareplus),
        ("tanh", .tanh), ("tanh_shrink", .tanhShrink),
    ]

    /// The function with this name in Keras, older spellings included.
    public init?(name: String) {
        let older = ["swish": "silu", "hard_swish": "hard_silu", "exp": "exponential"]
        let name = older[name] ?? name
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.activation
    }

    /// Whether each element of the output depends on the element of the input at its place, and on no other.
    public var isElementwise: Bool {
        switch self {
        case .softmax, .logSoftmax, .sparsemax, .glu: false
        default: true
        }
    }
}

extension Activation {
    /// The function as Keras writes it: its name, or the layer that stands for one with parameters of its own.
    var optionValue: OptionValue {
        if let found = Self.named.first(where: { $0.activation == self }) { return .string(found.name) }
        let layer: (name: String, options: Options)
        switch self {
        case .glu(axis: -1): return "glu"
        case .threshold(let theta, value: 0): layer = ("ThresholdedReLU", ["theta": .double(theta)])
        case .rectifier(let maximum, let slope, let threshold):
            layer = (ReLU.kerasName, ReLU(maxValue: maximum, negativeSlope: slope, threshold: threshold).options)
        case .leakyReLU(let slope): layer = ("LeakyReLU", ["negative_slope": .double(slope)])
        case .elu(let alpha): layer = ("ELU", ["alpha": .double(alpha)])
        case .softmax(let axis): layer = (Softmax.kerasName, Softmax(axis: axis).options)
        case .logSoftmax, .sparsemax, .glu, .threshold: preconditionFailure("Keras has no form for \(self)")
        default: preconditionFailure("\(self) has a name")
        }
        return .object([
            "module": "keras.layers", "class_name": .string(layer.name), "config": .object(layer.options),
            "registered_name": nil,
        ])
    }
}

extension OptionReader {
    /// A layer's `activation`: a name of `keras.activations`, null for none, or a layer such as ReLU.
    public mutating func activation(
        _ name: String = "activation", default fallback: Activation = .linear
    ) throws(OptionError) -> Activation {
        guard let value = value(name) else { return fallback }
        let unsupported = OptionError.unsupported(
            layer: layer, option: name, value: value,
            expected: "one of " + Activation.named.map(\.name).joined(separator: ", "))
        // Keras 3 may write a function as {"class_name": "function", "config": "relu"}.
        if let word = value.string ?? value.object?["config"]?.string {
            guard let found = Activation(name: word) else { throw unsupported }
            return found
        }
        guard let object = value.object, let className = object["class_name"]?.string else { throw unsupported }
        var config = object["config"]?.object ?? Options()
        for common in ["name", "trainable", "dtype"] { config[common] = nil }
        var reader = OptionReader(config, layer: "\(layer)\": \"\(name)")
        let found: Activation
        switch className {
        case ReLU.kerasName: found = try ReLU(from: &reader).activation
        case LeakyReLU.kerasName: found = try LeakyReLU(from: &reader).activation
        case ELU.kerasName: found = try ELU(from: &reader).activation
        case Softmax.kerasName: found = try Softmax(from: &reader).activation
        default: throw unsupported
        }
        try reader.finish()
        return found
    }
}
