import Tensors

/// A layer that joins tensors element by element: the merging layers of Keras, except Concatenate and Dot.
///
/// The inputs have one batch size; their samples have one shape, or are repeated along axes of extent 1 and along
/// missing axes in front, as in NumPy.
public protocol ElementwiseMerge: Layer {
    init()

    /// How many inputs the layer takes, in words, and whether this number is one.
    static var inputCount: (words: String, allows: @Sendable (Int) -> Bool) { get }

    /// The result for inputs that have its shape already.
    func merged(_ x: [Tensor], on pool: WorkerPool) -> Tensor

    /// The gradients for inputs that have the result's shape.
    func gradients(_ dy: Tensor, _ x: [Tensor], on pool: WorkerPool) -> [Tensor]
}

extension ElementwiseMerge {
    public static var inputCount: (words: String, allows: @Sendable (Int) -> Bool) { ("inputs", { $0 >= 1 }) }

    public init(from options: inout OptionReader) throws(OptionError) { self.init() }

    public var options: Options { [:] }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard Self.inputCount.allows(inputs.count) else {
            throw ShapeError(layer: Self.kerasName, expected: Self.inputCount.words, found: inputs)
        }
        guard let merged = Self.mergedShape(inputs) else {
            throw ShapeError(layer: Self.kerasName, expected: "inputs of one shape", found: inputs)
        }
        return [merged]
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(inputs, [merged(spread(inputs, context.pool), on: context.pool)])
    }

    // MARK: A repeated input gets the sum of the gradients of its copies

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let spread = spread(pass.inputs, context.pool)
        let gradients = gradients(dy[0], spread, on: context.pool)
        return Gradients(
            inputs: zip(gradients, pass.inputs).map { gradient, input in
                summed(gradient, to: Self.aligned(input.shape, gradient.shape), on: context.pool)
                    .reshaped(to: input.shape)
            })
    }

    /// All inputs with the shape of the result.
    private func spread(_ inputs: [Tensor], _ pool: WorkerPool) -> [Tensor] {
        guard let shape = Self.mergedShape(inputs.map(\.shape)) else {
            preconditionFailure("the shapes \(inputs.map(\.shape)) were checked before")
        }
        return inputs.map { broadcast($0.reshaped(to: Self.aligned($0.shape, shape)), to: shape, on: pool) }
    }

    /// The shape with axes of extent 1 after the batch, up to the rank of the result.
    private static func aligned(_ shape: Shape, _ result: Shape) -> Shape {
        Shape(shape.prefix(1) + Array(repeating: 1, count: result.count - shape.count) + shape.dropFirst())
    }

    /// The shape that all inputs can be repeated to, if there is one.
    private static func mergedShape(_ inputs: [Shape]) -> Shape? {
        guard let rank = inputs.map(\.count).max(), inputs.allSatisfy({ !$0.isEmpty }) else { return nil }
        var result = Shape(Array(repeating: 1, count: rank))
        let batches = Set(inputs.map { $0[0] }.filter { $0 != Shape.unknown })
        guard batches.count <= 1 else { return nil }
        result[0] = inputs.contains { $0[0] == Shape.unknown } ? Shape.unknown : batches.first ?? Shape.unknown
        for input in inputs {
            for axis in 1..<rank {
                switch (result[axis], aligned(input, result)[axis]) {
                case (let a, let b) where a == b || b == 1: continue
                case (1, let b): result[axis] = b
                case (Shape.unknown, _), (_, Shape.unknown): result[axis] = Shape.unknown
                default: return nil
                }
            }
        }
        return result
    }
}

extension ShapeError {
    init(layer: String, expected: String, found: [Shape]) {
        self.init(layer: layer, expected: expected)
        self.found = found
    }
}
