import Tensors

/// A function of ``Activation`` as an operation.
public protocol ActivationOperation: Operation, ActivationApplying {}

extension ActivationOperation {
    public static var module: String { "keras.src.ops.nn" }
}

/// One of them that has no options.
public protocol PlainActivationOperation: ActivationOperation { init() }

extension PlainActivationOperation {
    public init(from options: inout OptionReader) throws(OptionError) { self.init() }

    public var options: Options { [:] }
}

/// `y = max(x, 0)`; Keras' `ops.relu`.
public struct ReluOperation: PlainActivationOperation {
    public static let className = "Relu"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("nn.relu")]
    public init() {}
    public var activation: Activation { .relu }
}

/// `y = min(max(x, 0), 6)`; Keras' `ops.relu6`.
public struct Relu6Operation: PlainActivationOperation {
    public static let className = "Relu6"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("nn.relu6")]
    public init() {}
    public var activation: Activation { .relu6 }
}

/// `y = 1 / (1 + e⁻ˣ)`; Keras' `ops.sigmoid`.
public struct SigmoidOperation: PlainActivationOperation {
    public static let className = "Sigmoid"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("math.sigmoid")]
    public init() {}
    public var activation: Activation { .sigmoid }
}

/// `y = x / (1 + e⁻ˣ)`; Keras' `ops.silu`.
public struct SiluOperation: PlainActivationOperation {
    public static let className = "Silu"
    public static let tensorFlow: [TensorFlowFunction] = [
        TensorFlowFunction("nn.silu", renaming: ["features": "x"], fixing: ["beta": 1])
    ]
    public init() {}
    public var activation: Activation { .silu }
}

/// `y = log(1 + eˣ)`; Keras' `ops.softplus`.
public struct SoftplusOperation: PlainActivationOperation {
    public static let className = "Softplus"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("math.softplus")]
    public init() {}
    public var activation: Activation { .softplus }
}

/// `y = x / (1 + |x|)`; Keras' `ops.softsign`.
public struct SoftsignOperation: PlainActivationOperation {
    public static let className = "Softsign"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("nn.softsign")]
    public init() {}
    public var activation: Activation { .softsign }
}

/// λx where positive, λα (eˣ − 1) elsewhere; Keras' `ops.selu`.
public struct SeluOperation: PlainActivationOperation {
    public static let className = "Selu"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("nn.selu")]
    public init() {}
    public var activation: Activation { .selu }
}

/// `y = min(max(x + 3, 0), 6) / 6`; Keras' `ops.hard_sigmoid`.
public struct HardSigmoidOperation: PlainActivationOperation {
    public static let className = "HardSigmoid"
    public static let tensorFlow: [TensorFlowFunction] = []
    public init() {}
    public var activation: Activation { .hardSigmoid }
}

/// `y = x · min(max(x + 3, 0), 6) / 6`; Keras' `ops.hard_silu`.
public struct HardSiluOperation: PlainActivationOperation {
    public static let className = "HardSilu"
    public static let tensorFlow: [TensorFlowFunction] = []
    public init() {}
    public var activation: Activation { .hardSilu }
}

/// `y = min(max(x, −1), 1)`; Keras' `ops.hard_tanh`.
public struct HardTanhOperation: PlainActivationOperation {
    public static let className = "HardTanh"
    public static let tensorFlow: [TensorFlowFunction] = []
    public init() {}
    public var activation: Activation { .hardTanh }
}

/// `y = −log(1 + e⁻ˣ)`; Keras' `ops.log_sigmoid`.
public struct LogSigmoidOperation: PlainActivationOperation {
    public static let className = "LogSigmoid"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("math.log_sigmoid")]
    public init() {}
    public var activation: Activation { .logSigmoid }
}

/// `y = tanh x`; Keras' `ops.tanh`.
public struct TanhOperation: PlainActivationOperation {
    public static let className = "Tanh"
    public static let module = "keras.src.ops.numpy"
    public static let tensorFlow: [TensorFlowFunction] = [TensorFlowFunction("math.tanh")]
    public init() {}
    public var activation: Activation { .tanh }
}

/// `x` where positive, `negativeSlope · x` elsewhere; Keras' `ops.leaky_relu`.
public struct LeakyReluOperation: ActivationOperation {
    public static let className = "LeakyRelu"
    public static let tensorFlow = [
        TensorFlowFunction("nn.leaky_relu", renaming: ["features": "x", "alpha": "negative_slope"])
    ]
    public var negativeSlope: Double
    public init(negativeSlope: Double = 0.2) { self.negativeSlope = negativeSlope }
    public init(from options: inout OptionReader) throws(OptionError) {
        negativeSlope = try options.double("negative_slope", default: 0.2)
    }
    public var options: Options { ["negative_slope": .double(negativeSlope)] }
    public var activation: Activation { .leakyReLU(slope: negativeSlope) }
}

/// `x` where positive, `α (eˣ − 1)` elsewhere; Keras' `ops.elu`.
public struct EluOperation: ActivationOperation {
    public static let className = "Elu"
    public static let tensorFlow: [TensorFlowFunction] = []
    public var alpha: Double
    public init(alpha: Double = 1) { self.alpha = alpha }
    public init(from options: inout OptionReader) throws(OptionError) {
        alpha = try options.double("alpha", default: 1)
    }
    public var options: Options { ["alpha": .double(alpha)] }
    public var activation: Activation { .elu(alpha: alpha) }
}

/// `y = x · Φ(x)`, approximately by default; Keras' `ops.gelu`.
public struct GeluOperation: ActivationOperation {
    public static let className = "Gelu"
    public static let tensorFlow = [
        TensorFlowFunction("nn.gelu", renaming: ["features": "x"], implying: ["approximate": false])
    ]
    public var approximate: Bool
    public init(approximate: Bool = true) { self.approximate = approximate }
    public init(from options: inout OptionReader) throws(OptionError) {
        approximate = try options.bool("approximate", default: true)
    }
    public var options: Options { ["approximate": .bool(approximate)] }
    public var activation: Activation { .gelu(approximate: approximate) }
}

/// `y = eˣ / Σ eˣ` along an axis; Keras' `ops.softmax`.
public struct SoftmaxOperation: ActivationOperation {
    public static let className = "Softmax"
    public static let tensorFlow = [TensorFlowFunction("nn.softmax", renaming: ["logits": "x"])]
    public var axis: Int
    public init(axis: Int = -1) { self.axis = axis }
    public init(from options: inout OptionReader) throws(OptionError) {
        axis = try options.int("axis", default: -1)
    }
    public var options: Options { ["axis": .int(axis)] }
    public var activation: Activation { .softmax(axis: axis) }
}

/// The logarithm of softmax along an axis; Keras' `ops.log_softmax`.
public struct LogSoftmaxOperation: ActivationOperation {
    public static let className = "LogSoftmax"
    public static let tensorFlow = [TensorFlowFunction("nn.log_softmax", renaming: ["logits": "x"])]
    public var axis: Int
    public init(axis: Int = -1) { self.axis = axis }
    public init(from options: inout OptionReader) throws(OptionError) {
        axis = try options.int("axis", default: -1)
    }
    public var options: Options { ["axis": .int(axis)] }
    public var activation: Activation { .logSoftmax(axis: axis) }
}
