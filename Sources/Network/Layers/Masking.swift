import Tensors

/// Marks the steps of a sequence that do not count; Keras' `Masking`.
///
///     mask[b, t] = 1 if any x[b, t, …] ≠ mask_value,  y = x · mask
///
/// Input and output have shape `[batch, steps, features]`; the mask `[batch, steps]` is the second output.
public struct Masking: Layer {
    public static let kerasName = "Masking"

    /// The number that all features of a step have that does not count.
    public var maskValue: Double

    public init(maskValue: Double = 0) { self.maskValue = maskValue }

    public init(from options: inout OptionReader) throws(OptionError) {
        maskValue = try options.double("mask_value", default: 0)
    }

    public var options: Options { ["mask_value": .double(maskValue)] }

    public var maskUse: MaskUse { .makes }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        guard inputs.count == 1, inputs[0].count >= 3 else {
            throw ShapeError(layer: "Masking", expected: "[batch, steps, features]", found: inputs)
        }
        return [inputs[0], Shape(inputs[0].dropLast())]
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let x = inputs[0]
        let features = x.shape[x.shape.count - 1]
        let value = Float(maskValue)
        let mask = Tensor(unsafeUninitialized: Shape(x.shape.dropLast())) { target in
            x.withElements { x in
                for step in target.indices {
                    target[step] = x[step * features..<(step + 1) * features].contains { $0 != value } ? 1 : 0
                }
            }
        }
        return Pass(inputs, [masked(x, mask, features), mask])
    }

    // MARK: dx = dy · mask

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let features = pass.x.shape[pass.x.shape.count - 1]
        return Gradients(inputs: [masked(dy[0], pass.outputs[1], features)])
    }

    private func masked(_ x: Tensor, _ mask: Tensor, _ features: Int) -> Tensor {
        var y = x
        y.withMutableElements { y in
            for i in y.indices { y[i] *= mask[i / features] }
        }
        return y
    }
}
