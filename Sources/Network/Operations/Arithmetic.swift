import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

// The operations between two operands, as in Keras' module of that name.

/// The sum: `y = x₁ + x₂`; Keras' `ops.add`.
public struct AddOperation: BinaryOperation {
    public static let className = "Add"
    public static let tensorFlow = functions("__operators__.add", "math.add")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { a + b }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) { (1, 1) }
}

/// The difference: `y = x₁ − x₂`; Keras' `ops.subtract`.
public struct SubtractOperation: BinaryOperation {
    public static let className = "Subtract"
    public static let tensorFlow = functions("math.subtract")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { a - b }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) { (1, -1) }
}

/// The product: `y = x₁ · x₂`; Keras' `ops.multiply`.
public struct MultiplyOperation: BinaryOperation {
    public static let className = "Multiply"
    public static let tensorFlow = functions("math.multiply")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { a * b }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) { (b, a) }
}

/// The quotient: `y = x₁ / x₂`; Keras' `ops.divide`.
public struct DivideOperation: BinaryOperation {
    public static let className = "Divide"
    public static let tensorFlow = functions("math.divide")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { a / b }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) { (1 / b, -a / (b * b)) }
}

/// The quotient: `y = x₁ / x₂`; Keras' `ops.true_divide`, which Python's `/` calls.
public struct TrueDivideOperation: BinaryOperation {
    public static let className = "TrueDivide"
    public static let tensorFlow = functions("math.truediv")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { a / b }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) { DivideOperation.slopes(a, b) }
}

/// The power: `y = x₁ ^ x₂`; Keras' `ops.power`.
///
/// The slope along the exponent is 0 where the base is not positive, as in TensorFlow.
public struct PowerOperation: BinaryOperation {
    public static let className = "Power"
    public static let tensorFlow = functions("math.pow")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { b == 2 ? a * a : pow(a, b) }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) {
        (b * pow(a, b - 1), a > 0 ? pow(a, b) * log(a) : 0)
    }
}

/// The larger one: `y = max(x₁, x₂)`; Keras' `ops.maximum`.
///
/// NaN wins; of two equals the first gets the gradient.
public struct MaximumOperation: BinaryOperation {
    public static let className = "Maximum"
    public static let tensorFlow = functions("math.maximum")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { b > a || b.isNaN ? b : a }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) { a >= b ? (1, 0) : (0, 1) }
}

/// The smaller one: `y = min(x₁, x₂)`; Keras' `ops.minimum`.
///
/// NaN wins; of two equals the first gets the gradient.
public struct MinimumOperation: BinaryOperation {
    public static let className = "Minimum"
    public static let tensorFlow = functions("math.minimum")
    public var constants: Constants
    public init(_ constants: Constants = Constants()) { self.constants = constants }
    public static func value(_ a: Float, _ b: Float) -> Float { b < a || b.isNaN ? b : a }
    public static func slopes(_ a: Float, _ b: Float) -> (Float, Float) { a <= b ? (1, 0) : (0, 1) }
}

/// TensorFlow's functions of two operands, which it calls `x` and `y`.
private func functions(_ names: String...) -> [TensorFlowFunction] {
    names.map { TensorFlowFunction($0, renaming: ["x": "x1", "y": "x2"]) }
}
