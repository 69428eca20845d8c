import Tensors

/// A layer at every step of a sequence: `y[:, t] = layer(x[:, t])`; Keras' `TimeDistributed`.
///
/// The input has shape `[batch, steps, …]`, the output `[batch, steps] + the layer's sample shape`.
public struct TimeDistributed: UnaryLayer, SequenceLayer {
    public static let kerasName = "TimeDistributed"

    public var layer: Nested<any Layer>
    /// Whether training too takes all steps at once, as tf_keras does; no option of a file says so.
    ///
    /// It matters to layers that measure their samples: BatchNormalization sees those of all steps together.
    public var takesStepsTogether = false

    public init(_ layer: any Layer) { self.layer = Nested(layer) }

    public init(from options: inout OptionReader) throws(OptionError) {
        layer = try options.nestedLayer("layer")
        guard (layer.value as? any RecurrentLayer)?.sequence.stateful != true else {
            throw .unsupported(
                layer: options.layer, option: "layer", value: layer.optionValue,
                expected: "a layer that is not stateful")
        }
        guard layer.value.maskUse != .makes else {
            throw .unsupported(
                layer: options.layer, option: "layer", value: layer.optionValue, expected: "a layer that makes no mask")
        }
    }

    public var options: Options { ["layer": layer.optionValue] }

    // MARK: Keras 3 forgets what one layer adds to the loss, not what a model's do; tf_keras divides by the steps too

    public var hasActivityLoss: Bool {
        layer.value.hasActivityLoss && (takesStepsTogether || layer.value is NestedModel)
    }

    /// How often the loss of so many steps counts that are taken together.
    private func activityFactor(_ steps: Int) -> Float {
        guard hasActivityLoss else { return 0 }
        guard layer.value is NestedModel else { return 1 }
        // tf_keras asks a model for its mask by running it again.
        return takesStepsTogether ? 2 : Float(steps)
    }

    public func activityLoss(of pass: Pass, _ weights: [Tensor], _ context: Context) -> Float {
        guard hasActivityLoss else { return 0 }
        let context = layer.context(context)
        guard changes(weights, pass.x.shape, context) else {
            let inner = Pass([folded(pass.x)], [pass.saved[0]], saved: Array(pass.saved.dropFirst()))
            return activityFactor(pass.x.shape[1]) * layer.value.activityLoss(of: inner, weights, context)
        }
        return steps(pass.x, weights, context).passes.enumerated().reduce(0) { sum, step in
            sum + layer.value.activityLoss(of: step.element, weights, own(context, step.offset))
        }
    }

    public var maskUse: MaskUse {
        [.reads, .refuses, .joins].contains(layer.value.maskUse) ? .refuses : .carries
    }

    private func step(_ input: Shape) throws(ShapeError) -> Shape {
        guard input.count >= 3 else {
            throw ShapeError(layer: "TimeDistributed", expected: "[batch, steps, …]", found: input)
        }
        return Shape([input[0]] + input.dropFirst(2))
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let inner = try layer.value.checkedOutputShapes(for: [try step(input)])
        guard inner.count == 1, !inner[0].isEmpty else {
            throw ShapeError(layer: "TimeDistributed", expected: "a layer with one output", found: input)
        }
        if input.isKnown {
            // All steps of all samples are one batch for most layers.
            let folded = try layer.value.checkedOutputShapes(
                for: [Shape([ShapeLimits.product(input.prefix(2))] + input.dropFirst(2))])
            guard folded.map(\.sample) == inner.map(\.sample) else {
                throw ShapeError(layer: "TimeDistributed", expected: "a layer that takes any batch", found: input)
            }
        }
        return Shape(Array(input.prefix(2)) + inner[0].dropFirst())
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        try layer.value.weights(for: [try step(input)]).map { layer.spec($0, inside: "layer") }
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        try layer.value.temporaries(
            for: [Shape([ShapeLimits.product(inputs[0].prefix(2))] + inputs[0].dropFirst(2))])
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        ShapeLimits.product(max(0, inputs[0][1]), try layer.value.multiplyAdds(for: [try step(inputs[0])]))
    }

    // MARK: y[:, t] = layer(x[:, t])

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let context = layer.context(context)
        guard changes(weights, x.shape, context) else {
            let pass = layer.value.forward([folded(x)], weights, context)
            var updates = pass.updates
            if takesStepsTogether, layer.value is NestedModel, !updates.isEmpty {
                // tf_keras asks a model for its mask by running it again, which moves its averages again.
                var moved = weights
                for (index, value) in updates { moved[index] = value }
                updates = layer.value.forward([folded(x)], moved, context).updates
            }
            return Pass(x, unfolded(pass.outputs[0], x.shape), saved: pass.outputs + pass.saved, updates: updates)
        }
        let (passes, moved) = steps(x, weights, context)
        var updates: [Int: Tensor] = [:]
        for (index, weight) in moved.enumerated() where weight != weights[index] { updates[index] = weight }
        return Pass(x, stackedSteps(passes.map { $0.outputs[0] }), updates: updates)
    }

    // MARK: dx[:, t] = the layer's dx of dy[:, t]

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let context = layer.context(context)
        guard changes(weights, pass.x.shape, context) else {
            let inner = Pass([folded(pass.x)], [pass.saved[0]], saved: Array(pass.saved.dropFirst()))
            var counted = context
            counted.activityScale *= activityFactor(pass.x.shape[1])
            let dy = layer.value.addingActivityGradients(to: [folded(dy)], of: inner, counted)
            let found = layer.value.backward(dy, inner, weights, counted)
            return Gradients(input: found.inputs[0].map { unfolded($0, pass.x.shape) }, weights: found.weights)
        }
        var inputs: [Tensor?] = []
        var sums = [Tensor?](repeating: nil, count: weights.count)
        for (time, done) in steps(pass.x, weights, context).passes.enumerated() {
            let found = layer.value.backward([Networks.step(time, of: dy)], done, weights, own(context, time))
            inputs.append(found.inputs[0])
            for (index, gradient) in found.weights.enumerated() {
                guard let gradient else { continue }
                sums[index] = sums[index].map { adding($0, gradient, on: context.pool) } ?? gradient
            }
        }
        let known = inputs.compactMap { $0 }
        return Gradients(input: known.count == inputs.count ? stackedSteps(known) : nil, weights: sums)
    }

    /// Whether the layer learns from each call what is no gradient: then the steps are taken one after another, as in
    /// Keras, and each sees the statistics of its own samples alone.
    private func changes(_ weights: [Tensor], _ input: Shape, _ context: Context) -> Bool {
        guard !takesStepsTogether, context.mode == .training, context.isTrainable, let step = try? step(input),
            let specs = try? layer.value.weights(for: [step])
        else { return false }
        return specs.contains { !$0.isTrainable }
    }

    private func steps(
        _ x: Tensor, _ weights: [Tensor], _ context: Context
    ) -> (passes: [Pass], weights: [Tensor]) {
        var (passes, weights): ([Pass], [Tensor]) = ([], weights)
        for time in 0..<x.shape[1] {
            let pass = layer.value.forward([Networks.step(time, of: x)], weights, own(context, time))
            for (index, value) in pass.updates { weights[index] = value }
            passes.append(pass)
        }
        return (passes, weights)
    }

    /// The context of one step that is taken alone.
    private func own(_ context: Context, _ time: Int) -> Context {
        var own = context
        own.random = context.random.stream(UInt64(time))
        return own
    }

    private func folded(_ x: Tensor) -> Tensor {
        x.reshaped(to: Shape([x.shape[0] * x.shape[1]] + x.shape.dropFirst(2)))
    }

    private func unfolded(_ y: Tensor, _ input: Shape) -> Tensor {
        y.reshaped(to: Shape(Array(input.prefix(2)) + y.shape.dropFirst()))
    }
}
