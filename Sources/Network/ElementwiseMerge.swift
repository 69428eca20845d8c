import Tensors

/// A layer that joins tensors element by element: the merging layers of Keras, except Concatenate and Dot.
///
/// The inputs have one batch size; their samples have one shape, or are repeated along axes of extent 1 and along
/// missing axes in front, as in NumPy. Where masks reach the layer they stand behind the inputs, and what they make
/// together is a further output.
public protocol ElementwiseMerge: MaskReading, MaskRuled {
    init()

    /// What an element counts as that a mask hides, in Keras 3; `nil` as what it is.
    static var masked: Float? { get }

    /// What the first input counts as where the masks of all hide theirs; `nil` as what it is.
    static var allMasked: Float? { get }

    /// How many inputs the layer takes, in words, and whether this number is one.
    static var inputCount: (words: String, allows: @Sendable (Int) -> Bool) { get }

    /// Whether ``merged(_:on:)`` repeats its inputs to one shape itself.
    static var broadcasts: Bool { get }

    /// The result for inputs that have its shape already.
    func merged(_ x: [Tensor], on pool: WorkerPool) -> Tensor

    /// The gradients for inputs that have the result's shape.
    func gradients(_ dy: Tensor, _ x: [Tensor], on pool: WorkerPool) -> [Tensor]
}

extension ElementwiseMerge {
    public static var inputCount: (words: String, allows: @Sendable (Int) -> Bool) { ("inputs", { $0 >= 1 }) }

    public static var broadcasts: Bool { false }

    public static var masked: Float? { nil }

    public static var allMasked: Float? { nil }

    public init(from options: inout OptionReader) throws(OptionError) { self.init() }

    public var options: Options { [:] }

    public var maskUse: MaskUse { .joins }

    public func readsMask(of input: Int, among count: Int) -> Bool { true }

    public func outputShapes(for all: [Shape]) throws(ShapeError) -> [Shape] {
        let (inputs, masks) = unmasked(all)
        guard Self.inputCount.allows(inputs.count) else {
            throw ShapeError(layer: Self.kerasName, expected: Self.inputCount.words, found: inputs)
        }
        guard let merged = Self.mergedShape(inputs) else {
            throw ShapeError(layer: Self.kerasName, expected: "inputs of one shape", found: inputs)
        }
        guard readsMask else { return [merged] }
        guard inputs.allSatisfy({ $0.count == 3 }), masks.allSatisfy({ $0.map { $0.count == 2 } ?? true }) else {
            throw ShapeError(
                layer: "\(Self.kerasName) with masks", expected: "[batch, steps, features]", found: inputs)
        }
        let steps = Shape(Array(merged.prefix(2)))
        // A mask is not repeated along steps, as its input is.
        guard masks.allSatisfy({ $0.map { zip($0, steps).allSatisfy { $0 == $1 || min($0, $1) < 0 } } ?? true }) else {
            throw ShapeError(
                layer: "\(Self.kerasName) with masks", expected: "inputs with the same number of steps", found: inputs)
        }
        return [merged, steps]
    }

    /// Every input with the shape of the result.
    public func temporaries(for all: [Shape]) throws(ShapeError) -> Int {
        let inputs = unmasked(all).inputs
        return ShapeLimits.product(inputs.count, ShapeLimits.product(Self.mergedShape(inputs) ?? []))
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    // MARK: y = merged(x), each x as its mask lets it count

    public func forward(_ all: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let (inputs, masks) = unmasked(all)
        let whole = Self.broadcasts && !hides ? aligned(inputs) : hidden(spread(inputs, context.pool), masks)
        let y = merged(whole, on: context.pool)
        return Pass(
            all, [y] + (readsMask ? [joinedMask(masks, steps: Shape(Array(y.shape.prefix(2))), maskRules)] : []))
    }

    // MARK: A repeated input gets the sum of the gradients of its copies

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (inputs, masks) = unmasked(pass.inputs)
        let spread = hidden(spread(inputs, context.pool), masks)
        let gradients = passing(gradients(dy[0], spread, on: context.pool), masks)
        let own = zip(gradients, inputs).map { gradient, input in
            summed(gradient, to: Self.aligned(input.shape, gradient.shape), on: context.pool)
                .reshaped(to: input.shape)
        }
        return Gradients(inputs: withMasks(own))
    }

    // MARK: Masks

    public func carriesMask(to output: Int) -> Bool { output == 0 && readsMask }

    /// Whether masks change the values: not those of sums, and nothing in Keras 2.
    private var hides: Bool { readsMask && maskRules == .keras3 && Self.masked != nil }

    /// What each input counts as.
    private func hidden(_ x: [Tensor], _ masks: [Tensor?]) -> [Tensor] {
        guard hides, let value = Self.masked else { return x }
        return x.enumerated().map { position, x in
            replacing(x, masks, position) { isLast, x in isLast ? Self.allMasked ?? x : value }
        }
    }

    /// The gradients of what counted as something else are 0.
    private func passing(_ gradients: [Tensor], _ masks: [Tensor?]) -> [Tensor] {
        guard hides else { return gradients }
        return gradients.enumerated().map { position, gradient in
            replacing(gradient, masks, position) { isLast, x in isLast && Self.allMasked == nil ? x : 0 }
        }
    }

    /// `x` of one input with other values where its mask hides it, which are told whether it stands for all there.
    private func replacing(
        _ x: Tensor, _ masks: [Tensor?], _ position: Int, _ value: (_ standsForAll: Bool, _ x: Float) -> Float
    ) -> Tensor {
        guard let mask = masks[position] else { return x }
        let features = x.shape[2]
        var result = x
        result.withMutableElements { result in
            for i in result.indices where mask[i / features] == 0 {
                let isFirst = position == 0 && masks.allSatisfy { $0.map { $0[i / features] == 0 } ?? false }
                result[i] = value(isFirst, result[i])
            }
        }
        return result
    }

    /// All inputs with the shape of the result.
    private func spread(_ inputs: [Tensor], _ pool: WorkerPool) -> [Tensor] {
        let shape = mergedShape(of: inputs)
        return aligned(inputs).map { broadcast($0, to: shape, on: pool) }
    }

    /// All inputs with the rank of the result.
    private func aligned(_ inputs: [Tensor]) -> [Tensor] {
        let shape = mergedShape(of: inputs)
        return inputs.map { $0.reshaped(to: Self.aligned($0.shape, shape)) }
    }

    private func mergedShape(of inputs: [Tensor]) -> Shape {
        guard let shape = Self.mergedShape(inputs.map(\.shape)) else {
            preconditionFailure("the shapes \(inputs.map(\.shape)) were checked before")
        }
        return shape
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
