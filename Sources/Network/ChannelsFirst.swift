import Tensors

/// A layer over images that lie with their channels before their places: Keras' `data_format="channels_first"`.
///
/// It turns the inputs to channels last, lets the layer of that layout compute, and turns the outputs back, so every
/// layer with that option has both layouts. Weights lie the same way in both.
public struct ChannelsFirst<Inner: Layer>: Layer {
    public static var kerasName: String { Inner.kerasName }

    /// The same layer for channels last.
    public var inner: Inner

    public init(_ inner: Inner) { self.inner = inner }

    public init(from options: inout OptionReader) throws(OptionError) {
        inner = try options.replacing("data_format", by: "channels_last") { reader throws(OptionError) in
            try Inner(from: &reader)
        }
    }

    public var options: Options {
        var options = inner.options
        options["data_format"] = "channels_first"
        return options
    }

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        let places = try places(of: inputs)
        do {
            return try inner.checkedOutputShapes(for: inputs.map { Self.last($0, places) })
                .map { Self.first($0, places) }
        } catch {
            throw ShapeError(
                layer: error.layer + " with channels first",
                expected: error.expected + ", the channels before the places",
                found: inputs)
        }
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] {
        let places = try places(of: inputs)
        return try inner.weights(for: inputs.map { Self.last($0, places) })
    }

    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        let places = try places(of: inputs)
        let turned = inputs.map { Self.last($0, places) }
        let sizes = (turned + (try inner.outputShapes(for: turned))).map { ShapeLimits.product($0) }
        return sizes.reduce(try inner.temporaries(for: turned)) { ShapeLimits.sum($0, $1) }
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        let places = try places(of: inputs)
        return try inner.multiplyAdds(for: inputs.map { Self.last($0, places) })
    }

    public var activityRegularizer: Regularizer? { inner.activityRegularizer }

    public var maskUse: MaskUse { inner.maskUse }
    public var maskedInputs: [Int] { inner.maskedInputs }
    public func readsMask(of input: Int, among count: Int) -> Bool { inner.readsMask(of: input, among: count) }
    public func readingMasks(of inputs: [Int]) -> any Layer {
        let reading = inner.readingMasks(of: inputs)
        return Self.wrapping(reading)
    }
    public func carriesMask(to output: Int) -> Bool { inner.carriesMask(to: output) }

    public func keptStates(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        let places = try places(of: inputs)
        return try inner.keptStates(for: inputs.map { Self.last($0, places) })
    }

    // MARK: y = first(layer(last(x)))

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let places = Self.places(inputs[0].shape)
        let turned = inputs.map { Self.turned($0, places, toLast: true, context.pool) }
        let (layer, activation) = closing
        let pass = layer.forward(turned, weights, context)
        var outputs = pass.outputs.map { Self.turned($0, places, toLast: false, context.pool) }
        var saved = turned + pass.outputs + pass.saved
        if let activation {
            saved.append(outputs[0])
            outputs[0] = activation(outputs[0], on: context.pool)
        }
        // Kept states stay in the layer's own layout.
        var whole = Pass(inputs, outputs, saved: saved, updates: pass.updates)
        whole.states = pass.states
        return whole
    }

    // MARK: dx = first(layer's dx(last(dy)))

    public func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let places = Self.places(pass.inputs[0].shape)
        var (dy, saved) = (dy, pass.saved[...])
        let (layer, activation) = closing
        if let activation, let z = saved.popLast() {
            dy[0] = activation.gradient(dy[0], x: z, y: pass.outputs[0], on: context.pool)
        }
        let inputs = Array(saved.prefix(pass.inputs.count))
        let outputs = Array(saved.dropFirst(inputs.count).prefix(pass.outputs.count))
        let turned = Pass(
            inputs, outputs, saved: Array(saved.dropFirst(inputs.count + outputs.count)), updates: pass.updates)
        var gradients = layer.backward(
            dy.map { Self.turned($0, places, toLast: true, context.pool) }, turned, weights, context)
        gradients.inputs = gradients.inputs.map {
            $0.map { Self.turned($0, places, toLast: false, context.pool) }
        }
        return gradients
    }

    public func splittingActivation() -> (layer: any Layer, activation: Activation)? {
        guard let (bare, activation) = inner.splittingActivation() else { return nil }
        return (Self.wrapping(bare), activation)
    }

    private static func wrapping<Bare: Layer>(_ bare: Bare) -> any Layer { ChannelsFirst<Bare>(bare) }

    /// The layer and, where it closes with an activation along an axis, that apart: its last axis is not the channels'.
    private var closing: (layer: any Layer, activation: Activation?) {
        guard let (bare, activation) = inner.splittingActivation(), !activation.isElementwise else {
            return (inner, nil)
        }
        return (bare, activation)
    }

    // MARK: The turn

    private func places(of inputs: [Shape]) throws(ShapeError) -> Int {
        guard let input = inputs.first, input.count >= 2 else {
            var error = ShapeError(layer: Self.kerasName, expected: "[batch, channels, …]")
            error.found = inputs
            throw error
        }
        return Self.places(input)
    }

    /// How many axes come after the channels.
    private static func places(_ input: Shape) -> Int {
        input.count - (Inner.self is any SequenceLayer.Type ? 3 : 2)
    }

    /// Where the channels are in a tensor of this many axes; a tensor without places has them last in both layouts.
    private static func axis(_ count: Int, _ places: Int) -> Int { max(min(1, count - 1), count - 1 - places) }

    private static func last(_ shape: Shape, _ places: Int) -> Shape {
        var extents = shape.extents
        extents.append(extents.remove(at: axis(extents.count, places)))
        return Shape(extents)
    }

    private static func first(_ shape: Shape, _ places: Int) -> Shape {
        var extents = shape.extents
        let channels = extents.removeLast()
        extents.insert(channels, at: axis(extents.count + 1, places))
        return Shape(extents)
    }

    private static func turned(_ x: Tensor, _ places: Int, toLast: Bool, _ pool: WorkerPool) -> Tensor {
        let order = Shape(Array(x.shape.indices))
        let axes = (toLast ? last(order, places) : first(order, places)).extents
        return axes == order.extents ? x : transposed(x, axes: axes, on: pool)
    }
}

/// A layer whose input has a time axis between the batch and everything else.
public protocol SequenceLayer: Layer {}

/// A layer with the option `data_format` that computes the same in both layouts, or does both by itself: it is never
/// turned.
public protocol LayoutBlind: Layer {}

/// The layer types that ``ChannelsFirst`` makes.
protocol LayoutWrapper {}
extension ChannelsFirst: LayoutWrapper {}

extension LayerRegistry {
    /// The type for these options: `type` itself, or the one that turns its layout.
    static func inLayout(_ type: any Layer.Type, of options: Options) -> any Layer.Type {
        guard options["data_format"] == "channels_first", !(type is any LayoutWrapper.Type),
            !(type is any LayoutBlind.Type)
        else { return type }
        func wrapped<Inner: Layer>(_ inner: Inner.Type) -> any Layer.Type { ChannelsFirst<Inner>.self }
        return wrapped(type)
    }
}
