import Tensors

/// A whole model as one layer, for a wrapper such as ``TimeDistributed``.
///
/// Its weights are those of the model's layers, first all that gradients train, then the others, as Keras' files have
/// them. (A model that is called as a layer of another model is none of these: its layers are layers of the outer one.)
public struct NestedModel: Layer {
    public static let kerasName = "Functional"

    /// The layers; its own weights are not used.
    public let model: Model
    /// The object that declares the model, as the file it was read from has it.
    package let declaration: Options?
    private let schedule: [(layer: Int, call: Int)]
    /// The weights in this layer's order.
    private let addresses: [WeightAddress]
    private let specs: [WeightSpec]

    /// Why a file's model cannot be one layer.
    package struct Unreadable: Error {
        package var reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// - Precondition: the model is built.
    public init(_ model: Model) {
        self.init(model, places: model.layers.map(\.layer).namesInFiles.map { "layers/" + $0 }, declaration: nil)
    }

    /// - Parameters:
    ///   - places: where files keep each layer's weights, below the model's own place.
    package init(_ model: Model, places: [String], declaration: Options?) {
        self.model = model
        self.declaration = declaration
        schedule = model.schedule
        let all = model.layers.indices.flatMap { layer in
            model.layers[layer].specs.enumerated().map { weight, spec in
                var spec = spec.inside(places[layer])
                spec.isTrainable = spec.isTrainable && model.layers[layer].isTrainable
                return (address: WeightAddress(layer: layer, weight: weight), spec: spec)
            }
        }
        let ordered = all.filter(\.spec.isTrainable) + all.filter { !$0.spec.isTrainable }
        addresses = ordered.map(\.address)
        specs = ordered.map(\.spec)
    }

    /// Always throws: who reads files makes the model.
    public init(from options: inout OptionReader) throws(OptionError) {
        throw .unsupported(
            layer: options.layer, option: "class_name", value: .string(Self.kerasName),
            expected: "a model where a model may stand")
    }

    public var options: Options {
        var options = declaration?["config"]?.object ?? Options()
        options["name"] = nil
        return options
    }

    /// Steps of a sequence may be masked as a whole, which no layer of the model may see.
    public var maskUse: MaskUse { model.readsMasksOfInputs ? .refuses : .drops }

    // MARK: Shapes

    public func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] {
        let declared = model.inputs.compactMap { (model.layers[$0].layer as? InputLayer)?.batchShape }
        let fits =
            inputs.count == declared.count
            && zip(inputs, declared).allSatisfy { found, expected in
                found.count == expected.count
                    && zip(found, expected).dropFirst().allSatisfy {
                        $0 == $1 || $0 == Shape.unknown || $1 == Shape.unknown
                    }
            }
        guard fits else {
            var error = ShapeError(
                layer: "model \"\(model.name)\"",
                expected: declared.map(\.description).joined(separator: " and "))
            error.found = inputs
            throw error
        }
        let shapes = try model.shapes(forInputs: inputs)
        return model.outputs.compactMap { shapes[$0] }
    }

    public func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { specs }

    /// Everything that its layers give and hold.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        let shapes = try model.shapes(forInputs: inputs)
        var sum = shapes.values.reduce(0) { ShapeLimits.sum($0, ShapeLimits.product($1)) }
        for (layer, call) in schedule where !model.layers[layer].calls.isEmpty {
            let entry = model.layers[layer]
            sum = ShapeLimits.sum(
                sum, try entry.layer.temporaries(for: entry.calls[call].compactMap { shapes[$0] }))
        }
        return sum
    }

    public func multiplyAdds(for inputs: [Shape]) throws(ShapeError) -> Int {
        let shapes = try model.shapes(forInputs: inputs)
        var sum = 0
        for (layer, call) in schedule where !model.layers[layer].calls.isEmpty {
            let entry = model.layers[layer]
            sum = ShapeLimits.sum(
                sum, try entry.layer.multiplyAdds(for: entry.calls[call].compactMap { shapes[$0] }))
        }
        return sum
    }

    // MARK: The layers in the graph's order

    public func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        let run = run(inputs, weights, context)
        var updates: [Int: Tensor] = [:]
        for (position, address) in addresses.enumerated() {
            for step in run.steps where step.layer == address.layer {
                if let value = step.pass.updates[address.weight] { updates[position] = value }
            }
        }
        return Pass(inputs, model.outputs.map { run.value($0) }, updates: updates)
    }

    public var hasActivityLoss: Bool { model.layers.contains { $0.layer.hasActivityLoss } }

    public func activityLoss(of pass: Pass, _ weights: [Tensor], _ context: Context) -> Float {
        guard hasActivityLoss else { return 0 }
        return run(pass.inputs, weights, context).steps.reduce(0) { sum, step in
            sum
                + model.layers[step.layer].layer.activityLoss(
                    of: step.pass, own(weights, of: step.layer), self.context(for: step.layer, step.call, context))
        }
    }

    // MARK: The same in reverse, from a second run forward

    public func backward(
        _ outputGradients: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context
    ) -> Gradients {
        let run = run(pass.inputs, weights, context)
        var gradients: [Source: Tensor] = [:]
        var sums = [Tensor?](repeating: nil, count: addresses.count)
        let positions = Dictionary(uniqueKeysWithValues: addresses.enumerated().map { ($1, $0) })
        func add(_ gradient: Tensor?, to sum: inout Tensor?) {
            guard let gradient else { return }
            sum = sum.map { adding($0, gradient, on: context.pool) } ?? gradient
        }
        for (source, gradient) in zip(model.outputs, outputGradients) { add(gradient, to: &gradients[source]) }
        for step in run.steps.reversed() {
            let entry = model.layers[step.layer]
            let outputs = step.pass.outputs.indices.map {
                Source(layer: step.layer, call: step.call, output: $0)
            }
            let addsLoss = context.activityScale != 0 && entry.layer.hasActivityLoss
            guard addsLoss || outputs.contains(where: { gradients[$0] != nil }) else { continue }
            let context = self.context(for: step.layer, step.call, context)
            let dy = zip(outputs, step.pass.outputs).map { gradients[$0] ?? Tensor($1.shape) }
            let found = entry.layer.backward(
                entry.layer.addingActivityGradients(to: dy, of: step.pass, context), step.pass,
                own(weights, of: step.layer), context)
            for (source, gradient) in zip(entry.calls[step.call], found.inputs) {
                add(gradient, to: &gradients[source])
            }
            for (weight, gradient) in found.weights.enumerated() {
                guard let position = positions[WeightAddress(layer: step.layer, weight: weight)],
                    specs[position].isTrainable
                else { continue }
                add(gradient, to: &sums[position])
            }
        }
        return Gradients(inputs: model.inputs.map { gradients[Source(layer: $0)] }, weights: sums)
    }

    private struct Step {
        var layer: Int
        var call: Int
        var pass: Pass
    }

    private struct Run {
        var steps: [Step] = []
        var values: [Source: Tensor] = [:]

        func value(_ source: Source) -> Tensor {
            guard let tensor = values[source] else { preconditionFailure("\(source) is read before it is written") }
            return tensor
        }
    }

    private func run(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Run {
        var run = Run()
        for (position, layer) in model.inputs.enumerated() { run.values[Source(layer: layer)] = inputs[position] }
        for (layer, call) in schedule where !model.layers[layer].calls.isEmpty {
            let entry = model.layers[layer]
            let pass = entry.layer.forward(
                entry.calls[call].map { run.value($0) }, own(weights, of: layer),
                self.context(for: layer, call, context))
            for (output, tensor) in pass.outputs.enumerated() {
                run.values[Source(layer: layer, call: call, output: output)] = tensor
            }
            run.steps.append(Step(layer: layer, call: call, pass: pass))
        }
        return run
    }

    /// A layer's own weights.
    private func own(_ weights: [Tensor], of layer: Int) -> [Tensor] {
        zip(addresses, weights).filter { $0.0.layer == layer }.sorted { $0.0.weight < $1.0.weight }.map(\.1)
    }

    private func context(for layer: Int, _ call: Int, _ outer: Context) -> Context {
        var context = outer
        context.random = outer.random.stream(UInt64(layer)).stream(UInt64(call))
        context.isTrainable = outer.isTrainable && model.layers[layer].isTrainable
        context.wantsInputGradients = true
        return context
    }
}
