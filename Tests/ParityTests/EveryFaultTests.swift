import Foundation
import Networks
import Parity
import Runtime
import Tensors
import Testing

/// Faults planted in every class of the registry: in each weight, in each option, in what padding and mode do.
///
/// A fault that leaves the layer's numbers as they are (an initializer, a momentum) is no fault of a prediction and is
/// left out; every other one must be called different, and located in its layer, which alone differs.
@Suite struct EveryFaultTests {
    @Test func areAllCaughtAndLocated() throws {
        var caught = 0
        var kinds: [String: Int] = [:]
        var withoutEffect = 0
        var classes = 0
        for className in LayerRegistry.keras.classNames where className != InputLayer.kerasName {
            let variants = EveryLayer.variants(of: className)
            try #require(!variants.isEmpty, "give EveryLayer the options or the shapes that \(className) needs")
            var faults = 0
            for (number, model) in variants.enumerated() {
                let sound = try lively(model)
                let inputs = inputs(for: sound)
                for fault in Fault.all(in: sound) {
                    let name = "\(className), variant \(number): \(fault.name)"
                    guard try fault.hasEffect(sound, inputs) else {
                        withoutEffect += 1
                        if fault.kind != "option" {
                            #expect(fault.mayBeIdle, "\(name) should change what the layer gives")
                        }
                        continue
                    }
                    let verdict = try verdict(fault.model, sound, inputs)
                    #expect(!verdict.isEqual && verdict.exitStatus == 2, "\(name) was not caught")
                    #expect(verdict.layers?.firstDifference?.key.layer == "suspect", "\(name) was not located")
                    #expect(verdict.reasons.first?.contains("\"suspect\"") == true, "\(name): \(verdict.reasons)")
                    let alone = verdict.layers?.rows.filter { !($0.alone?.isEqual ?? true) }.map(\.key.layer)
                    #expect(alone == ["suspect"], "\(name): alone \(alone ?? []) differ")
                    faults += 1
                    kinds[fault.kind, default: 0] += 1
                }
            }
            if faults > 0 { classes += 1 }
            caught += faults
        }
        let list = kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        print(
            "\(caught) faults in \(classes) of \(LayerRegistry.keras.classNames.count - 1) classes: all caught and "
                + "located (\(list)); \(withoutEffect) changes change no prediction")
        #expect(caught > 400)
    }

    private func verdict(_ ours: Model, _ theirs: Model, _ inputs: Inputs) throws -> Verdict {
        var verification = Verification(
            model: "planted", ours: SessionSide(Session(ours)), theirs: SessionSide(Session(theirs)), inputs: inputs)
        verification.layers = LayerInspection(bisects: true)
        return try verification.run()
    }

    /// The model with weights that all differ, as those of a trained one.
    private func lively(_ model: Model) throws -> Model {
        var model = model
        let suspect = try #require(model.index(of: "suspect"))
        for (position, spec) in model.layers[suspect].specs.enumerated() {
            let random = Random(seed: 11).stream(UInt64(position))
            let isPositive = spec.name.contains("variance") || spec.name.contains("gamma")
            let drawn = Initializer.randomUniform(from: isPositive ? 0.5 : -1, to: 1.5).draw(spec.shape, random)
            model.layers[suspect].weights[position] = drawn
        }
        return model
    }

    /// Numbers on both sides of zero, or whole ones for an `Embedding` or a `ReversibleEmbedding`.
    private func inputs(for model: Model) -> Inputs {
        let random = Inputs.random(for: model, samples: 3, seed: 7)
        guard !model.layers.contains(where: { $0.layer is Embedding || $0.layer is ReversibleEmbedding }) else {
            return random
        }
        return Inputs(
            description: "random",
            random.batch(0..<3).inputs.map { Tensor($0.shape, $0.elements.map { 3 * $0 - 1.5 }) })
    }
}

/// A sound model's faulty twin.
private struct Fault {
    var kind: String
    var name: String
    var model: Model
    /// Whether it may change nothing.
    var mayBeIdle = false

    static func all(in model: Model) -> [Fault] {
        guard let suspect = model.index(of: "suspect") else { return [] }
        return weightFaults(model, suspect) + optionFaults(model, suspect) + behaviourFaults(model, suspect)
    }

    /// Whether the layer gives other numbers of the same shape, beyond what rounding may do.
    func hasEffect(_ sound: Model, _ inputs: Inputs) throws -> Bool {
        let x = inputs.batch(0..<inputs.count)
        func suspects(_ model: Model) throws -> [Tensor] {
            try SessionSide(Session(model)).activations(x).filter { $0.key.layer == "suspect" }.map(\.value)
        }
        return zip(try suspects(model), try suspects(sound)).contains { a, b in
            let largest = b.elements.map(abs).max() ?? 0
            return !Comparison(a, b, .standard, scale: Double(max(1, largest))).isEqual
        }
    }

    // MARK: Weights

    /// Weights that change no prediction: a key's bias moves all scores of a query alike.
    private static let idle = ["count", "vector_u", "key_dense/bias", "_key_dense/bias"]

    private static func weightFaults(_ model: Model, _ suspect: Int) -> [Fault] {
        let entry = model.layers[suspect]
        var faults: [Fault] = []
        for (position, spec) in entry.specs.enumerated() {
            let weight = entry.weights[position]
            func add(_ name: String, _ changed: [Float]) {
                var faulty = model
                faulty.layers[suspect].weights[position] = Tensor(weight.shape, changed)
                faults.append(
                    Fault(
                        kind: "weight", name: "\(spec.name) \(name)", model: faulty,
                        mayBeIdle: idle.contains(spec.name)))
            }
            let elements = weight.elements
            add("with one element off by a hundredth", elements.enumerated().map { $0 == 0 ? $1 + 0.01 : $1 })
            guard elements.count > 1 else { continue }
            add("flipped", elements.reversed())
            add("one place off", Array(elements.dropFirst()) + [elements[0]])
            add("with two elements swapped", [elements[1], elements[0]] + elements.dropFirst(2))
            if weight.shape.count >= 2 { add("transposed", transposed(weight)) }
        }
        for (a, b) in zip(entry.specs.indices, entry.specs.indices.dropFirst())
        where entry.weights[a].shape == entry.weights[b].shape {
            var faulty = model
            faulty.layers[suspect].weights.swapAt(a, b)
            let name = "\(entry.specs[a].name) and \(entry.specs[b].name) swapped"
            faults.append(Fault(kind: "weight", name: name, model: faulty))
        }
        return faults
    }

    /// The numbers as they lie when the two last axes are taken for each other.
    private static func transposed(_ weight: Tensor) -> [Float] {
        let (rows, columns) = (weight.shape[weight.shape.count - 2], weight.shape[weight.shape.count - 1])
        guard rows > 1, columns > 1 else { return weight.elements.reversed() }
        let size = rows * columns
        return (0..<weight.count).map { weight[$0 / size * size + $0 % size % rows * columns + $0 % size / rows] }
    }

    // MARK: Options

    private static func optionFaults(_ model: Model, _ suspect: Int) -> [Fault] {
        let entry = model.layers[suspect]
        let className = type(of: entry.layer).kerasName
        return entry.layer.options.pairs.flatMap { name, value in
            others(than: value, name).compactMap { other -> Fault? in
                var options = entry.layer.options
                options[name] = other
                guard
                    let layer = try? LayerRegistry.keras.layer(
                        named: "suspect", className: className, options: options)
                else { return nil }
                // Another shape of outputs or weights is refused when the file is read: no fault of numbers.
                guard let (shapes, specs) = try? shapes(of: layer, model, suspect),
                    let (right, rightSpecs) = try? self.shapes(of: entry.layer, model, suspect),
                    shapes == right, specs == rightSpecs
                else { return nil }
                var faulty = model
                faulty.layers[suspect].layer = layer
                return Fault(kind: "option", name: "\(name) \(other) for \(value)", model: faulty)
            }
        }
    }

    private static func shapes(of layer: any Layer, _ model: Model, _ suspect: Int) throws -> ([Shape], [Shape]) {
        let known = try model.shapes()
        let inputs = model.layers[suspect].calls[0].map { known[$0]?.withBatch(3) ?? [] }
        return (try layer.outputShapes(for: inputs), try layer.weights(for: inputs).map(\.shape))
    }

    private static func others(than value: OptionValue, _ name: String) -> [OptionValue] {
        let words = [
            ["relu", "tanh", "sigmoid", "gelu", "linear"], ["same", "valid", "causal"],
            ["nearest", "bilinear", "bicubic"],
            ["channels_first", "channels_last"],
        ]
        switch value {
        case .bool(let flag): return [.bool(!flag)]
        case .int(let number): return [.int(number + 1), .int(number - 1), .int(2 * number)]
        case .double(let number):
            return name == "epsilon" ? [.double(number / 100), .double(number * 100)] : [.double(number * 1.5 + 0.1)]
        case .string(let word):
            return (words.first { $0.contains(word) } ?? []).filter { $0 != word }.map { .string($0) }
        case .array(let elements):
            let grown = elements.indices.map { changed in
                OptionValue.array(elements.enumerated().map { $0 == changed ? $1.int.map { .int($0 + 1) } ?? $1 : $1 })
            }
            return (grown + [.array(elements.reversed())]).filter { $0 != value }
        case .null: return [.double(0.5), .int(1)]
        case .object: return []
        }
    }

    // MARK: Behaviour

    private static func behaviourFaults(_ model: Model, _ suspect: Int) -> [Fault] {
        let entry = model.layers[suspect]
        var faults: [Fault] = []
        func add(_ name: String, _ behaviour: Misbehaving.Behaviour, mayBeIdle: Bool) {
            var faulty = model
            faulty.layers[suspect].layer = Misbehaving(inner: entry.layer, behaviour: behaviour)
            faults.append(Fault(kind: "behaviour", name: name, model: faulty, mayBeIdle: mayBeIdle))
        }
        let options = entry.layer.options
        // What draws random numbers or takes the batch's statistics does it in training alone.
        let draws = ["rate", "stddev"].contains { (options[$0]?.double ?? 0) > 0 }
        add("training mode left on", .training, mayBeIdle: !(draws || entry.layer is BatchNormalization))
        if options["padding"]?.string == "same" {
            // Where the padding is even on both sides there is no wrong side.
            add("'same' padding on the wrong side", .mirrored, mayBeIdle: true)
        }
        if entry.calls[0].count > 1 { add("inputs in another order", .reversed, mayBeIdle: true) }
        return faults
    }
}

/// A layer that does what another does, but for one thing.
private struct Misbehaving: Layer {
    static let kerasName = "Misbehaving"

    enum Behaviour { case training, mirrored, reversed }

    let inner: any Layer
    let behaviour: Behaviour

    init(inner: any Layer, behaviour: Behaviour) {
        self.inner = inner
        self.behaviour = behaviour
    }

    init(from options: inout OptionReader) throws(OptionError) { fatalError("a faulty layer is never read") }

    var options: Options { inner.options }

    func outputShapes(for inputs: [Shape]) throws(ShapeError) -> [Shape] { try inner.outputShapes(for: inputs) }

    func weights(for inputs: [Shape]) throws(ShapeError) -> [WeightSpec] { try inner.weights(for: inputs) }

    func forward(_ inputs: [Tensor], _ weights: [Tensor], _ context: Context) -> Pass {
        switch behaviour {
        case .training:
            var training = context
            training.mode = .training
            return inner.forward(inputs, weights, training)
        case .reversed: return inner.forward(inputs.reversed(), weights, context)
        case .mirrored:
            // A mirrored image by a mirrored kernel, mirrored back: all the same but for the side of the padding.
            let rank = inputs[0].shape.count
            let kernels = weights.map { weight in
                weight.shape.count == rank ? mirrored(weight, axes: 0..<(rank - 2)) : weight
            }
            let pass = inner.forward(inputs.map { mirrored($0, axes: 1..<(rank - 1)) }, kernels, context)
            return Pass(inputs, pass.outputs.map { mirrored($0, axes: 1..<(rank - 1)) })
        }
    }

    func backward(_ dy: [Tensor], _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        inner.backward(dy, pass, weights, context)
    }

    private func mirrored(_ tensor: Tensor, axes: Range<Int>) -> Tensor {
        var strides = [Int](repeating: 1, count: tensor.shape.count)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * tensor.shape[axis + 1] }
        return Tensor(
            tensor.shape,
            (0..<tensor.count).map { position in
                tensor[
                    axes.reduce(position) { place, axis in
                        let index = position / strides[axis] % tensor.shape[axis]
                        return place + (tensor.shape[axis] - 1 - 2 * index) * strides[axis]
                    }]
            })
    }
}
