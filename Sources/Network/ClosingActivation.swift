import Tensors

extension Activation {
    /// The pass of a layer that computes `z` from `x` and closes with `y = activation(z)`.
    func closing(_ z: Tensor, of x: Tensor, _ context: Context) -> Pass {
        Pass(x, self(z, on: context.pool), saved: gradientNeedsInput ? [z] : [])
    }

    /// The gradient with respect to `z`, of a pass that ``closing(_:of:_:)`` made.
    func openingGradient(_ dy: Tensor, _ pass: Pass, _ context: Context) -> Tensor {
        gradient(dy, x: pass.saved.first ?? pass.y, y: pass.y, on: context.pool)
    }
}

/// A layer that does nothing but apply an ``Activation``.
public protocol ActivationApplying: UnaryLayer {
    var activation: Activation { get }
}

extension ActivationApplying {
    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        if let axis = activation.axis, !(-input.count..<input.count).contains(axis) || input.count < 2 {
            throw ShapeError(layer: Self.kerasName, expected: "an input with an axis \(axis)", found: input)
        }
        guard case .glu(let axis) = activation else { return input }
        let position = axis < 0 ? axis + input.count : axis
        guard input[position] == Shape.unknown || input[position].isMultiple(of: 2) else {
            throw ShapeError(layer: Self.kerasName, expected: "an even extent along the axis \(axis)", found: input)
        }
        var output = input
        if output[position] != Shape.unknown { output[position] /= 2 }
        return output
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, activation(x, on: context.pool))
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: activation.gradient(dy, x: pass.x, y: pass.y, on: context.pool))
    }

    public func splittingActivation() -> (layer: any Layer, activation: Activation)? {
        activation == .linear ? nil : (ActivationLayer(.linear), activation)
    }
}

extension Activation {
    /// The axis along which the function works, where it is not elementwise.
    var axis: Int? {
        switch self {
        case .softmax(let axis), .logSoftmax(let axis), .sparsemax(let axis), .glu(let axis): axis
        default: nil
        }
    }
}
