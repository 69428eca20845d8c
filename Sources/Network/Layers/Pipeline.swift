import Tensors

/// Layers one after another, as one layer: `y = layerₙ(… layer₁(x))`; Keras' `Pipeline`.
///
/// Shapes are those of the layers. The weights are first all that gradients train, then the others, as Keras' files have
/// them. Each layer has random numbers of its own.
public struct Pipeline: UnaryLayer {
    public static let kerasName = "Pipeline"

    public var layers: [Nested<any Layer>]

    public init(_ layers: [any Layer]) { self.layers = layers.map { Nested($0) } }

    public init(from options: inout OptionReader) throws(OptionError) {
        layers = try options.nestedLayers("layers")
        for layer in layers where layer.value.maskUse == .makes || !layer.value.isStateless {
            throw .unsupported(
                layer: options.layer, option: "layers", value: layer.optionValue,
                expected: "layers that make no mask and are not stateful")
        }
    }

    public var options: Options { ["layers": .array(layers.map(\.optionValue))] }

    public var maskUse: MaskUse { .refuses }

    // MARK: Shapes

    /// The shape of each layer's input, and of the last one's output.
    private func shapes(_ input: Shape) throws(ShapeError) -> [Shape] {
        var shapes = [input]
        for layer in layers {
            let outputs = try layer.value.checkedOutputShapes(for: [shapes[shapes.count - 1]])
            guard outputs.count == 1 else {
                throw ShapeError(layer: "Pipeline", expected: "layers with one output", found: shapes[0])
            }
            shapes.append(outputs[0])
        }
        return shapes
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let shapes = try shapes(input)
        return shapes[shapes.count - 1]
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        var sum = 0
        for (layer, shape) in zip(layers, try shapes(inputs[0])) {
            let own = ShapeLimits.sum(ShapeLimits.product(shape), try layer.value.temporaries(for: [shape]))
            sum = ShapeLimits.sum(sum, own)
        }
        return sum
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        var sum = 0
        for (layer, shape) in zip(layers, try shapes(inputs[0])) {
            sum = ShapeLimits.sum(sum, try layer.value.multiplyAdds(for: [shape]))
        }
        return sum
    }

    /// A weight, and whose it is.
    private struct Place {
        var layer: Int
        var weight: Int
        var spec: WeightSpec
    }

    private func places(_ input: Shape) throws(ShapeError) -> [Place] {
        var places: [Place] = []
        let names = layers.map(\.value).namesInFiles
        for (index, (layer, shape)) in zip(layers, try shapes(input)).enumerated() {
            places += try layer.value.weights(for: [shape]).enumerated().map {
                Place(layer: index, weight: $0, spec: layer.spec($1, inside: "layers/" + names[index]))
            }
        }
        return places.filter(\.spec.isTrainable) + places.filter { !$0.spec.isTrainable }
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] { try places(input).map(\.spec) }

    // MARK: y = layerₙ(… layer₁(x))

    /// One layer's part of a call.
    private struct Step {
        var pass: Pass
        var weights: [Tensor]
        var context: Context
        /// Where its weights are among all.
        var positions: [Int]
    }

    private func steps(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> [Step] {
        guard let places = try? places(x.shape) else { preconditionFailure("the shape rule has refused this input") }
        var (steps, value): ([Step], Tensor) = ([], x)
        for (index, layer) in layers.enumerated() {
            let positions = places.indices.filter { places[$0].layer == index }
                .sorted { places[$0].weight < places[$1].weight }
            var own = layer.context(context)
            own.random = context.random.stream(UInt64(index))
            own.wantsInputGradients = context.wantsInputGradients || index > 0
            let given = positions.map { weights[$0] }
            let pass = layer.value.forward([value], given, own)
            steps.append(Step(pass: pass, weights: given, context: own, positions: positions))
            value = pass.y
        }
        return steps
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let steps = steps(x, weights, context)
        var updates: [Int: Tensor] = [:]
        for step in steps { for (weight, value) in step.pass.updates { updates[step.positions[weight]] = value } }
        return Pass(x, steps.last?.pass.y ?? x, updates: updates)
    }

    public var hasActivityLoss: Bool { layers.contains { $0.value.hasActivityLoss } }

    public func activityLoss(of pass: Pass, _ weights: [Tensor], _ context: Context) -> Float {
        zip(layers, steps(pass.x, weights, context)).reduce(0) { sum, pair in
            sum + pair.0.value.activityLoss(of: pair.1.pass, pair.1.weights, pair.1.context)
        }
    }

    // MARK: the layers' gradients in reverse, from a second run forward

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        var gradient: Tensor? = dy
        var found = [Tensor?](repeating: nil, count: weights.count)
        for (layer, step) in zip(layers, steps(pass.x, weights, context)).reversed() {
            let dy = layer.value.addingActivityGradients(
                to: [gradient ?? Tensor(step.pass.y.shape)], of: step.pass, step.context)
            let gradients = layer.value.backward(dy, step.pass, step.weights, step.context)
            for (position, weight) in zip(step.positions, gradients.weights) { found[position] = weight }
            gradient = gradients.inputs[0]
        }
        return Gradients(input: gradient, weights: found)
    }
}

extension Layer {
    /// Whether a call leaves nothing to the next one.
    fileprivate var isStateless: Bool { (self as? any RecurrentLayer)?.sequence.stateful != true }
}
