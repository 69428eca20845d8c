import Dispatch
import Networks
import Tensors

/// One harness for any layer: options, shapes, gradients, threads, and golden numbers.
///
///     #expect(LayerCheck(Dense(units: 3), inputs: [2, 4]).problems() == [])
///
/// Every finding is a sentence; an empty list is a pass.
public struct LayerCheck: Sendable {
    public var layer: any Layer
    public var inputs: [Tensor]
    public var weights: [Tensor]
    public var context: Context
    /// The largest difference of a gradient from finite differences, relative to numbers above 1.
    public var gradientTolerance = 2e-3
    /// Whether the inputs are numbers that a gradient can exist for: not the indices of an Embedding.
    public var hasInputGradients = true
    /// How Keras calls the layer, in Python, where it is not told by the inputs: `layer(xs[0], xs[1], **kwargs)`.
    public var kerasCall: String?
    /// The module in which Keras has the class, where it is none of `keras.layers`.
    public var kerasModule: String?

    /// A check with lively random inputs and weights.
    ///
    /// - Precondition: the layer takes inputs of these shapes.
    public init(
        _ layer: any Layer, inputs: Shape..., mode: Mode = .training, isTrainable: Bool = true, seed: UInt64 = 1
    ) {
        let random = Random(seed: seed)
        self.init(
            layer,
            inputs: inputs.enumerated().map { position, shape in
                LayerCheck.uniform(shape, random.stream(UInt64(position)), from: -2, to: 2)
            }, mode: mode, isTrainable: isTrainable, seed: seed)
    }

    /// A check with these inputs and lively random weights.
    public init(
        _ layer: any Layer, inputs: [Tensor], mode: Mode = .training, isTrainable: Bool = true, seed: UInt64 = 1
    ) {
        self.layer = layer
        self.inputs = inputs
        let random = Random(seed: seed).stream(1 << 32)
        let specs: [WeightSpec]
        do {
            specs = try layer.weights(for: inputs.map(\.shape))
        } catch {
            preconditionFailure("the case is wrong: \(error)")
        }
        weights = specs.enumerated().map { position, spec in
            let low: Float = spec.name.contains("variance") ? 0.5 : -1
            return LayerCheck.uniform(spec.shape, random.stream(UInt64(position)), from: low, to: 1.5)
        }
        context = Context(mode: mode, random: random.stream(1), pool: WorkerPool(threads: 1))
        context.isTrainable = isTrainable
    }

    /// A tensor of random numbers between two bounds.
    public static func uniform(_ shape: Shape, _ random: Random, from low: Float, to high: Float) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { low + (high - low) * random.uniform(at: $0) })
    }

    /// Whether this input is a mask, which has no gradient.
    func isMask(_ input: Int) -> Bool { input >= inputs.count - layer.maskCount }

    /// The forward call of the case.
    public func forward() -> Pass { layer.forward(inputs, weights, context) }

    /// Everything that is wrong.
    public func problems() -> [String] {
        optionProblems() + shapeProblems() + gradientProblems() + threadProblems()
    }
}

extension Layer {
    /// How many of the inputs, the last ones, are masks.
    public var maskCount: Int {
        maskedInputs.count + ((self as? any ProjectedAttention)?.call.takesMask == true ? 1 : 0)
    }
}

// MARK: Options

extension LayerCheck {
    /// Writes the options, reads them, writes them again; and tries one that no layer knows.
    public func optionProblems() -> [String] {
        var problems: [String] = []
        let name = type(of: layer).kerasName
        do {
            var registry = LayerRegistry.keras
            registry.register(type(of: layer))
            var again = try registry.layer(named: name, className: name, options: layer.options)
            again = again.readingMasks(of: layer.maskedInputs)
            if again.options != layer.options {
                problems.append("options \(layer.options.pairs) come back as \(again.options.pairs)")
            }
            // A description lists all stored properties, also those that the options forgot.
            // How a layer is called is no option of it, nor whose rules it follows.
            func description(_ layer: any Layer) -> String {
                String(describing: layer).replacing(#/AttentionCall\([^)]*\)|keras[23]/#, with: "")
            }
            if description(again) != description(layer) {
                problems.append("the layer read from its own options differs: \(again) and \(layer)")
            }
            var strange = layer.options
            strange["no_such_option"] = 1
            if (try? registry.layer(named: name, className: name, options: strange)) != nil {
                problems.append("an unknown option is not refused")
            }
        } catch {
            problems.append("cannot read its own options: \(error)")
        }
        return problems
    }
}

// MARK: Shapes

extension LayerCheck {
    /// Compares the shape rule with what `forward` gives, and with an unknown batch.
    public func shapeProblems() -> [String] {
        var problems: [String] = []
        let shapes = inputs.map(\.shape)
        do {
            let outputs = forward().outputs.map(\.shape)
            let expected = try layer.outputShapes(for: shapes)
            if outputs != expected { problems.append("the shape rule says \(expected), forward gives \(outputs)") }
            let dynamic = try layer.outputShapes(for: shapes.map { $0.withBatch(Shape.unknown) })
            if dynamic != expected.map({ $0.withBatch(Shape.unknown) }) {
                problems.append("for an unknown batch the shape rule says \(dynamic), not \(expected) with ?")
            }
            let specs = try layer.weights(for: shapes.map { $0.withBatch(Shape.unknown) })
            if specs.map(\.shape) != weights.map(\.shape) {
                problems.append("for an unknown batch the weights are \(specs.map(\.shape))")
            }
        } catch {
            problems.append("the shape rule refuses the case: \(error)")
        }
        return problems
    }
}

// MARK: Gradients

extension LayerCheck {
    /// The output gradients that checks start from.
    public func outputGradients() -> [Tensor] {
        forward().outputs.enumerated().map { position, output in
            LayerCheck.uniform(output.shape, Random(seed: 77).stream(UInt64(position)), from: -1, to: 1)
        }
    }

    /// Compares `backward` with central differences of `forward`.
    ///
    /// The loss is Σ y · r with fixed random r. Where two step widths disagree the function has a kink (a rectifier
    /// at zero, two equal numbers in a max pool): such places are left out, but no more than a fifth of them.
    public func gradientProblems() -> [String] {
        let targets = outputGradients()
        let gradients = layer.backward(targets, forward(), weights, context)
        var problems: [String] = []
        if gradients.inputs.count != inputs.count || gradients.weights.count != weights.count {
            return ["backward gives \(gradients.inputs.count) and \(gradients.weights.count) gradients"]
        }
        func loss(_ inputs: [Tensor], _ weights: [Tensor]) -> Double {
            zip(layer.forward(inputs, weights, context).outputs, targets).reduce(0) { sum, pair in
                zip(pair.0.elements, pair.1.elements).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
            }
        }
        if hasInputGradients {
            for (index, gradient) in gradients.inputs.enumerated() where !isMask(index) {
                guard let gradient else {
                    problems.append("input \(index) has no gradient")
                    continue
                }
                problems += differences("input \(index)", gradient, inputs[index]) { changed in
                    var inputs = inputs
                    inputs[index] = changed
                    return loss(inputs, weights)
                }
            }
        }
        let specs = (try? layer.weights(for: inputs.map(\.shape))) ?? []
        for (index, spec) in specs.enumerated() where spec.isTrainable {
            guard let gradient = gradients.weights[index] else {
                problems.append("weight \(spec.name) has no gradient")
                continue
            }
            problems += differences("weight \(spec.name)", gradient, weights[index]) { changed in
                var weights = weights
                weights[index] = changed
                return loss(inputs, weights)
            }
        }
        var lazy = context
        lazy.wantsInputGradients = false
        let unwanted = layer.backward(targets, forward(), weights, lazy)
        if !zip(unwanted.weights, gradients.weights).allSatisfy({ same($0, $1) }) {
            problems.append("weight gradients change when input gradients are not wanted")
        }
        return problems
    }

    private func differences(
        _ name: String, _ gradient: Tensor, _ point: Tensor, _ loss: (Tensor) -> Double
    ) -> [String] {
        guard gradient.shape == point.shape else {
            return ["\(name): gradient has shape \(gradient.shape), not \(point.shape)"]
        }
        func slope(_ position: Int, _ step: Float) -> Double {
            var (above, below) = (point, point)
            above[position] += step
            below[position] -= step
            return (loss(above) - loss(below)) / (Double(above[position]) - Double(below[position]))
        }
        // At most 96 places, spread over the tensor.
        let places = Set((0..<min(point.count, 96)).map { $0 * point.count / min(point.count, 96) }).sorted()
        var kinks = 0
        for position in places {
            let numeric = slope(position, 0x1p-7)
            let analytic = Double(gradient[position])
            let scale = max(1, abs(numeric), abs(analytic))
            if abs(numeric - analytic) <= gradientTolerance * scale { continue }
            if abs(numeric - slope(position, 0x1p-9)) > gradientTolerance * scale / 2 {
                kinks += 1
                continue
            }
            return ["\(name)[\(position)]: backward gives \(analytic), finite differences \(numeric)"]
        }
        return kinks * 5 > places.count ? ["\(name): \(kinks) of \(places.count) places have no slope"] : []
    }
}

// MARK: Threads

extension LayerCheck {
    /// The same numbers, bit for bit, for any number of threads, and for two callers at once.
    public func threadProblems() -> [String] {
        let targets = outputGradients()
        let (pass, gradients) = both(targets, threads: 1)
        var problems: [String] = []
        for threads in 2...3 {
            let (otherPass, otherGradients) = both(targets, threads: threads)
            if !same(pass, otherPass) { problems.append("forward differs on \(threads) threads") }
            if !same(gradients, otherGradients) { problems.append("backward differs on \(threads) threads") }
        }
        let differing = Counter()
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            let (otherPass, otherGradients) = both(targets, threads: 1)
            if !same(pass, otherPass) || !same(gradients, otherGradients) { differing.add() }
        }
        if differing.count > 0 { problems.append("two callers at once get different numbers") }
        return problems
    }

    private func both(_ targets: [Tensor], threads: Int) -> (Pass, Gradients) {
        var context = context
        context.pool = WorkerPool(threads: threads)
        let pass = layer.forward(inputs, weights, context)
        return (pass, layer.backward(targets, pass, weights, context))
    }

    private func same(_ a: Pass, _ b: Pass) -> Bool {
        zip(a.outputs, b.outputs).allSatisfy { same($0, $1) } && a.updates.keys == b.updates.keys
            && a.updates.allSatisfy { same($0.value, b.updates[$0.key]) }
    }

    private func same(_ a: Gradients, _ b: Gradients) -> Bool {
        zip(a.inputs + a.weights, b.inputs + b.weights).allSatisfy { same($0, $1) }
    }

    /// Bit for bit, so that NaN equals itself.
    private func same(_ a: Tensor?, _ b: Tensor?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return a.shape == b.shape && zip(a.elements, b.elements).allSatisfy { $0.bitPattern == $1.bitPattern }
    }
}

/// A count that several threads raise.
private final class Counter: @unchecked Sendable {
    private let queue = DispatchQueue(label: "counter")
    private var value = 0
    func add() { queue.sync { value += 1 } }
    var count: Int { queue.sync { value } }
}

// MARK: Golden numbers

extension LayerCheck {
    /// Numbers that another implementation computed for the same case; `nil` where they are not known.
    public struct Golden: Sendable {
        public var outputs: [Tensor]
        /// The gradients that the ones below start from, one for each output.
        public var outputGradients: [Tensor]
        public var inputGradients: [Tensor?]
        public var weightGradients: [Tensor?]
        /// New values of weights that the forward direction changes, by index.
        public var updates: [Int: Tensor]

        public init(
            outputs: [Tensor], outputGradients: [Tensor] = [], inputGradients: [Tensor?] = [],
            weightGradients: [Tensor?] = [], updates: [Int: Tensor] = [:]
        ) {
            self.outputs = outputs
            self.outputGradients = outputGradients
            self.inputGradients = inputGradients
            self.weightGradients = weightGradients
            self.updates = updates
        }
    }

    /// Where the layer's numbers differ from golden ones by more than a tolerance, relative to numbers above 1.
    public func problems(
        against golden: Golden, tolerance: Float = 1e-5, gradientTolerance: Float = 1e-4
    ) -> [String] {
        let pass = forward()
        var problems = gaps("output", pass.outputs.map { $0 }, golden.outputs, tolerance)
        for (index, expected) in golden.updates.sorted(by: { $0.key < $1.key }) {
            problems += gaps("updated weight \(index)", [pass.updates[index]], [expected], tolerance)
        }
        guard !golden.outputGradients.isEmpty else { return problems }
        let gradients = layer.backward(golden.outputGradients, pass, weights, context)
        problems += gaps("gradient of input", gradients.inputs, golden.inputGradients, gradientTolerance)
        problems += gaps("gradient of weight", gradients.weights, golden.weightGradients, gradientTolerance)
        return problems
    }

    private func gaps(_ name: String, _ found: [Tensor?], _ expected: [Tensor?], _ tolerance: Float) -> [String] {
        guard expected.count == found.count || expected.isEmpty else {
            return ["\(name): \(found.count) tensors, expected \(expected.count)"]
        }
        return zip(found, expected).enumerated().compactMap { index, pair in
            guard let expected = pair.1 else { return nil }
            guard let found = pair.0, found.shape == expected.shape else {
                return "\(name) \(index): shape \(pair.0?.shape.description ?? "none"), expected \(expected.shape)"
            }
            for (position, (ours, theirs)) in zip(found.elements, expected.elements).enumerated() {
                // Written so that NaN on one side fails.
                if ours.isNaN && theirs.isNaN || abs(ours - theirs) <= tolerance * max(1, abs(theirs)) { continue }
                return "\(name) \(index), element \(position): ours \(ours), expected \(theirs)"
            }
            return nil
        }
    }
}
