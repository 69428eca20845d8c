import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A function of each element alone that is none of ``Activation``'s.
public protocol UnaryOperation: Operation, UnaryLayer {
    init()

    static func value(_ x: Float) -> Float

    /// The slope at `x`, where the value is `y`.
    static func slope(_ x: Float, _ y: Float) -> Float
}

extension UnaryOperation {
    public init(from options: inout OptionReader) throws(OptionError) { self.init() }

    public var options: Options { [:] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { input }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, mapped(x, on: context.pool) { Self.value($0) })
    }

    // MARK: dx = dy f′(x)

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let slope = zipped(pass.x, pass.y, on: context.pool) { Self.slope($0, $1) }
        return Gradients(input: multiplying(dy, slope, on: context.pool))
    }
}

/// `y = −x`; Keras' `ops.negative`.
public struct NegativeOperation: UnaryOperation {
    public static let className = "Negative"
    public static let tensorFlow = [TensorFlowFunction("math.negative")]
    public init() {}
    public static func value(_ x: Float) -> Float { -x }
    public static func slope(_ x: Float, _ y: Float) -> Float { -1 }
}

/// `y = |x|`; Keras' `ops.absolute`.
public struct AbsoluteOperation: UnaryOperation {
    public static let className = "Absolute"
    public static let tensorFlow = [TensorFlowFunction("math.abs")]
    public init() {}
    public static func value(_ x: Float) -> Float { abs(x) }
    public static func slope(_ x: Float, _ y: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : 0 }
}

/// `y = x²`; Keras' `ops.square`.
public struct SquareOperation: UnaryOperation {
    public static let className = "Square"
    public static let tensorFlow = [TensorFlowFunction("math.square")]
    public init() {}
    public static func value(_ x: Float) -> Float { x * x }
    public static func slope(_ x: Float, _ y: Float) -> Float { 2 * x }
}

/// `y = √x`; Keras' `ops.sqrt`.
public struct SqrtOperation: UnaryOperation {
    public static let className = "Sqrt"
    public static let tensorFlow = [TensorFlowFunction("math.sqrt")]
    public init() {}
    public static func value(_ x: Float) -> Float { x.squareRoot() }
    public static func slope(_ x: Float, _ y: Float) -> Float { 0.5 / y }
}

/// `y = 1 / √x`; Keras' `ops.rsqrt`.
public struct RsqrtOperation: UnaryOperation {
    public static let className = "Rsqrt"
    public static let module = "keras.src.ops.math"
    public static let tensorFlow = [TensorFlowFunction("math.rsqrt")]
    public init() {}
    public static func value(_ x: Float) -> Float { 1 / x.squareRoot() }
    public static func slope(_ x: Float, _ y: Float) -> Float { -0.5 * y * y * y }
}

/// `y = 1 / x`; Keras' `ops.reciprocal`.
public struct ReciprocalOperation: UnaryOperation {
    public static let className = "Reciprocal"
    public static let tensorFlow = [TensorFlowFunction("math.reciprocal")]
    public init() {}
    public static func value(_ x: Float) -> Float { 1 / x }
    public static func slope(_ x: Float, _ y: Float) -> Float { -y * y }
}

/// `y = eˣ`; Keras' `ops.exp`.
public struct ExpOperation: UnaryOperation {
    public static let className = "Exp"
    public static let tensorFlow = [TensorFlowFunction("math.exp")]
    public init() {}
    public static func value(_ x: Float) -> Float { exp(x) }
    public static func slope(_ x: Float, _ y: Float) -> Float { y }
}

/// `y = ln x`; Keras' `ops.log`.
public struct LogOperation: UnaryOperation {
    public static let className = "Log"
    public static let tensorFlow = [TensorFlowFunction("math.log")]
    public init() {}
    public static func value(_ x: Float) -> Float { log(x) }
    public static func slope(_ x: Float, _ y: Float) -> Float { 1 / x }
}
