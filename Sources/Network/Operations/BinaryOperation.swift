import Tensors

/// Arithmetic between two tensors, or between a tensor and numbers, element by element.
///
/// Shapes are repeated to one as in NumPy, along axes of extent 1 and along axes that numbers lack in front; two
/// tensors have one rank, and the batch comes from the tensors.
public protocol BinaryOperation: Operation {
    var constants: Constants { get }

    init(_ constants: Constants)

    /// The result for one element of each operand.
    static func value(_ a: Float, _ b: Float) -> Float

    /// The slopes of the result along both operands.
    static func slopes(_ a: Float, _ b: Float) -> (Float, Float)
}

/// Which operands of a ``BinaryOperation`` are numbers: at most one.
public struct Constants: Sendable, Equatable {
    public var x1: Constant?
    public var x2: Constant?

    public init(x1: Constant? = nil, x2: Constant? = nil) {
        self.x1 = x1
        self.x2 = x2
    }
}

extension BinaryOperation {
    public static var operands: [String] { ["x1", "x2"] }

    public init(from options: inout OptionReader) throws(OptionError) {
        let constants = Constants(x1: try options.constant("x1"), x2: try options.constant("x2"))
        if constants.x1 != nil, let second = constants.x2 {
            throw .unsupported(
                layer: options.layer, option: "x2", value: second.optionValue, expected: "a tensor beside numbers")
        }
        self.init(constants)
    }

    public var options: Options {
        var options = Options()
        options["x1"] = constants.x1?.optionValue
        options["x2"] = constants.x2?.optionValue
        return options
    }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard let result = result(inputs) else {
            let numbers = (constants.x1 ?? constants.x2).map {
                "a tensor that fits numbers of shape \($0.tensor.shape)"
            }
            throw ShapeError(
                layer: Self.kerasName, expected: numbers ?? "two tensors of one rank that fit each other", found: inputs
            )
        }
        return [result]
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    // MARK: y = f(a, b)

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (a, b) = operands(inputs, on: context.pool)
        return Pass(inputs, [zipped(a, b, on: context.pool) { Self.value($0, $1) }])
    }

    // MARK: da = dy ∂f/∂a,  db = dy ∂f/∂b,  each summed over its copies

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let pool = context.pool
        let (a, b) = operands(pass.inputs, on: pool)
        var slopes: [Tensor] = []
        if constants.x1 == nil { slopes.append(zipped(a, b, on: pool) { Self.slopes($0, $1).0 }) }
        if constants.x2 == nil { slopes.append(zipped(a, b, on: pool) { Self.slopes($0, $1).1 }) }
        return Gradients(
            inputs: zip(slopes, pass.inputs).map { slope, input in
                summed(multiplying(dy[0], slope, on: pool), to: input.shape, on: pool)
            })
    }

    /// Both operands with the shape of the result.
    private func operands(_ inputs: [Tensor], on pool: WorkerPool) -> (Tensor, Tensor) {
        guard let shape = result(inputs.map(\.shape)) else {
            preconditionFailure("the shapes \(inputs.map(\.shape)) were checked before")
        }
        let a = constants.x1?.tensor ?? inputs[0]
        let b = constants.x2?.tensor ?? inputs[inputs.count - 1]
        return (broadcast(a, to: shape, on: pool), broadcast(b, to: shape, on: pool))
    }

    /// The shape that both operands can be repeated to, if there is one.
    private func result(_ inputs: [Shape]) -> Shape? {
        let constant = constants.x1 ?? constants.x2
        guard inputs.count == (constant == nil ? 2 : 1), var result = inputs.first, !result.isEmpty else { return nil }
        let other = constant?.tensor.shape ?? inputs[1]
        guard constant == nil ? other.count == result.count : other.count <= result.count else { return nil }
        let missing = result.count - other.count
        for axis in other.indices {
            switch (result[missing + axis], other[axis]) {
            case (let a, let b) where a == b: continue
            // A batch of one sample is a batch like any other; numbers have none.
            case (_, 1) where missing + axis > 0 || constant != nil: continue
            case (1, let b) where missing + axis > 0: result[missing + axis] = b
            case (Shape.unknown, _) where constant == nil, (_, Shape.unknown): result[missing + axis] = Shape.unknown
            default: return nil
            }
        }
        return result
    }
}
