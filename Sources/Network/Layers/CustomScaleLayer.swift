import Tensors

/// One input plus a share of another: `y = x₁ + scale · x₂`; the layer of that name of Keras' InceptionResNetV2.
///
/// Both inputs and the output have the same shape.
public struct CustomScaleLayer: Layer {
    public static let kerasName = "CustomScaleLayer"

    public var scale: Double

    public init(scale: Double) { self.scale = scale }

    public init(from options: inout OptionReader) throws(OptionError) {
        scale = try options.required("scale", "a number", \.double)
    }

    public var options: Options { ["scale": .double(scale)] }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 2, inputs[0] == inputs[1] else {
            var error = ShapeError(layer: "CustomScaleLayer", expected: "two inputs of one shape")
            error.found = inputs
            throw error
        }
        return [inputs[0]]
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let share = scaled(inputs[1], by: Float(scale), on: context.pool)
        return Pass(inputs, [adding(inputs[0], share, on: context.pool)])
    }

    // MARK: dx₁ = dy,  dx₂ = scale dy

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(inputs: [dy[0], scaled(dy[0], by: Float(scale), on: context.pool)])
    }
}
