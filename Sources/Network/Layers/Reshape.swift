import Tensors

/// The same elements, in the same order, under another shape; Keras' `Reshape`.
///
/// The input has shape `[batch, …]`, the output `[batch] + targetShape`, where one extent may be −1: what is left over.
public struct Reshape: UnaryLayer {
    public static let kerasName = "Reshape"

    /// The shape of one sample of the output.
    public var targetShape: [Int]

    public init(targetShape: [Int]) { self.targetShape = targetShape }

    public init(from options: inout OptionReader) throws(OptionError) {
        targetShape = try options.required("target_shape", "positive whole numbers, at most one of them -1") { value in
            guard let list = value.array else { return nil }
            let extents = list.compactMap { $0.int.flatMap { $0 > 0 || $0 == -1 ? $0 : nil } }
            return extents.count == list.count && extents.count { $0 == -1 } <= 1 && Shape(extents).excess == nil
                ? extents : nil
        }
    }

    public var options: Options { ["target_shape": OptionValue(targetShape)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard !input.isEmpty else { throw ShapeError(layer: "Reshape", expected: "[batch, …]", found: input) }
        guard input.sample.isKnown else { return Shape([input[0]] + targetShape) }
        let (count, fixed) = (input.sample.elementCount, ShapeLimits.product(targetShape.filter { $0 != -1 }))
        guard fixed > 0, targetShape.contains(-1) ? count % fixed == 0 : count == fixed else {
            throw ShapeError(
                layer: "Reshape", expected: "samples with as many elements as \(Shape(targetShape))", found: input)
        }
        return Shape([input[0]] + targetShape.map { $0 == -1 ? count / fixed : $0 })
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let fixed = ShapeLimits.product(targetShape.filter { $0 != -1 })
        let shape = Shape([x.shape[0]] + targetShape.map { $0 == -1 ? x.shape.sample.elementCount / fixed : $0 })
        return Pass(x, x.reshaped(to: shape))
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: dy.reshaped(to: pass.x.shape))
    }
}
