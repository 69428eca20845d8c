import Tensors

/// A layer with one input, perhaps with a mask behind it, and one output: nearly all of them.
public protocol UnaryLayer: Layer {
    /// The shape of the output for an input of this shape.
    func outputShape(for input: Shape) throws(ShapeError) -> Shape

    /// The weights for an input of this shape, in the order in which Keras stores them.
    func weights(for input: Shape) throws(ShapeError) -> [WeightSpec]

    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass

    func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients
}

extension UnaryLayer {
    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] { [] }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        [try outputShape(for: try only(inputs))]
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        try weights(for: try only(inputs))
    }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        forward(inputs[0], weights, context)
    }

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        backward(dy[0], pass, weights, context)
    }

    private func only(_ inputs: [Shape]) throws(ShapeError) -> Shape {
        guard inputs.count == 1 + maskedInputs.count else {
            var error = ShapeError(layer: Self.kerasName, expected: "one input")
            error.found = inputs
            throw error
        }
        return inputs[0]
    }
}

extension Pass {
    /// A call with one input and one output.
    public init(_ x: Tensor, _ y: Tensor, saved: [Tensor] = [], updates: [Int: Tensor] = [:]) {
        self.init([x], [y], saved: saved, updates: updates)
    }
}

extension Gradients {
    /// The gradients of a layer with one input.
    public init(input: Tensor?, weights: [Tensor?] = []) { self.init(inputs: [input], weights: weights) }
}
