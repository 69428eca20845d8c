import Tensors

/// Where a model's data enters: it passes its input on.
///
/// `batchShape` is the input's shape with the batch axis, Keras' `batch_shape`.
public struct InputLayer: Layer {
    public static let kerasName = "InputLayer"

    public var batchShape: Shape

    public init(batchShape: Shape) { self.batchShape = batchShape }

    public init(from options: inout OptionReader) throws(OptionError) {
        options.ignore("sparse", "ragged", "optional", "input_dtype")
        let names = ["batch_shape", "batch_input_shape"]
        let name = names.first { options.options[$0] != nil } ?? names[0]
        batchShape = try options.required(name, "a list of whole numbers that a tensor can have, or null") { value in
            guard let list = value.array else { return nil }
            let extents = list.compactMap { $0.isNull ? Shape.unknown : $0.int.flatMap { $0 >= 0 ? $0 : nil } }
            return extents.count == list.count && Shape(extents).excess == nil ? Shape(extents) : nil
        }
    }

    public var options: Options {
        ["batch_shape": .array(batchShape.map { $0 == Shape.unknown ? .null : .int($0) })]
    }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] { [batchShape] }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { [] }

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass { Pass(inputs, inputs) }

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(inputs: dy)
    }
}
