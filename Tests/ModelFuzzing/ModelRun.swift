import KerasFiles
import Networks
import Runtime
import Tensors

/// What became of a generated model.
package struct Verdict: Sendable {
    package enum Kind: String, Sendable {
        /// One of our errors.
        case refused
        /// Both ways, with the same results as layer by layer.
        case computed
        /// Whoever asks for data of such extents has no memory for them.
        case tooLarge
        /// Results that differ, or numbers that nobody wrote.
        case wrong
    }
    package var kind: Kind
    /// The error's kind, or what is wrong.
    package var what: String
    /// The layers and operations that ran forwards, and backwards.
    package var forward: Set<String> = []
    package var backward: Set<String> = []
}

/// Reads, checks and runs a model in every way that there is.
package struct ModelRun {
    private let given: GeneratedModel
    private let path: String
    /// Told where it stands.
    private let stage: (String) -> Void

    package init(_ model: GeneratedModel, path: String, stage: @escaping (String) -> Void) {
        given = model
        self.path = path
        self.stage = stage
    }

    package func verdict() -> Verdict {
        do {
            return try run()
        } catch let error as KerasError {
            let kind: String
            switch error.problem {
            case .layer(_, .options): kind = "options"
            case .layer: kind = "class"
            case .shape: kind = "shape"
            default: kind = Mirror(reflecting: error.problem).children.first?.label ?? "\(error.problem)"
            }
            return Verdict(kind: .refused, what: "reading: \(kind)")
        } catch {
            return Verdict(kind: .refused, what: "running: \(type(of: error))")
        }
    }

    private func run() throws -> Verdict {
        stage("read")
        GeneratedModel.write(given.text, path)
        let file = try KerasFile.readArchitecture(path, seed: given.seed, limits: .small)
        var model = file.model
        stage("summary")
        _ = try model.summary()
        stage("write")
        var problems: [String] = []
        for (name, dialect) in [("Keras 3", Dialect.keras3), ("Keras 2", .keras2)] {
            // Not every model has words in each.
            guard let text = try? file.architectureJSON(dialect) else { continue }
            GeneratedModel.write(text, path)
            do {
                _ = try KerasFile.readArchitecture(path, limits: .small)
            } catch {
                problems.append("what is written for \(name) cannot be read: \(error.problem)")
            }
        }
        if let problem = problems.first { return Verdict(kind: .wrong, what: problem) }
        var dice = Dice(seed: given.seed ^ 0x5EED)
        let size = given.shapes.reduce(0.0) { $0 + $1.reduce(1.0) { $0 * Double(max($1, 1)) } }
        guard size < 1e6, given.shapes.allSatisfy({ $0.allSatisfy { (0..<1_000_000).contains($0) } }) else {
            stage("shapes")
            _ = try model.shapes(forInputs: given.shapes)
            return Verdict(kind: .tooLarge, what: "")
        }
        if dice.chance(50) { enliven(&model, &dice) }
        let isOdd = dice.chance(6)
        let inputs = given.shapes.enumerated().map { position, shape in
            Tensor(shape, (0..<shape.elementCount).map { _ in number(position, isOdd, &dice) })
        }
        let set = dice.chance(30) ? dice.pick(InstructionSet.available) : nil
        let pool = WorkerPool(threads: dice.chance(20) ? 2 : 1, instructionSet: set ?? .best)
        let batch = dice.pick([128, 128, 1, 2]) ?? 128

        var verdict = Verdict(kind: .computed, what: "")
        stage("predict")
        fill(.nan)
        let session = Session(model, pool: pool, limits: .small)
        let outputs = try session.predict(inputs, batchSize: batch)
        _ = try session.predict(inputs, batchSize: batch)
        verdict.forward = classes(in: model) { _ in true }

        stage("layers")
        fill(0)
        let plain = Session(model, pool: pool, plans: .layers, limits: .small)
        let activations = try plain.activations(inputs)
        let expected = try plain.predict(inputs, batchSize: batch)
        if !isOdd { problems += differences("predict", outputs, expected) }
        problems += stale("predict", outputs, expected)
        if inputs.first?.shape.first ?? 0 <= batch, !isOdd {
            problems += differences("activations", model.outputs.compactMap { activations[$0] }, expected)
        }

        for mode in [Mode.inference, .training] {
            stage("forward \(mode)")
            let random = Random(seed: given.seed)
            fill(.nan)
            let run = try session.forward(inputs, mode: mode, random: random)
            stage("backward \(mode)")
            let starts = run.outputs.map { output in
                Tensor(output.shape, (0..<output.count).map { _ in dice.uniform() * 2 - 1 })
            }
            let gradients = session.backward(run, .outputs(starts), activityScale: 0.5)
            fill(0)
            stage("layers forward \(mode)")
            let plainRun = try plain.forward(inputs, mode: mode, random: random)
            stage("layers backward \(mode)")
            let plainGradients = plain.backward(plainRun, .outputs(starts), activityScale: 0.5)
            problems += stale("forward \(mode)", run.outputs, plainRun.outputs)
            problems += stale("backward \(mode)", gradients, plainGradients)
            if !isOdd {
                problems += differences("forward \(mode)", run.outputs, plainRun.outputs)
                problems += differences("backward \(mode)", gradients, plainGradients)
            }
            if zip(gradients, model.trainableWeights).contains(where: { $0.shape != model[$1].shape }) {
                problems.append("backward \(mode): a gradient has not its weight's shape")
            }
        }
        stage("done")
        let reached = gradientLayers(model)
        verdict.backward = classes(in: model) { reached.contains($0) }
        if let problem = problems.first { (verdict.kind, verdict.what) = (.wrong, problem) }
        return verdict
    }

    // MARK: Numbers

    /// Weights as training leaves them, not as they begin.
    private func enliven(_ model: inout Model, _ dice: inout Dice) {
        for index in model.layers.indices {
            model.layers[index].weights = model.layers[index].specs.map { spec in
                Tensor(spec.shape, (0..<spec.shape.elementCount).map { _ in 0.25 + 0.75 * dice.uniform() })
            }
        }
    }

    private func number(_ input: Int, _ isOdd: Bool, _ dice: inout Dice) -> Float {
        if isOdd, dice.chance(20) {
            return dice.pick([.nan, .infinity, -.infinity, 1e38, -1e38, 9.3e18, -9.3e18, 0x1p-140, 2.2e9, -1, 0.5]) ?? 0
        }
        let isWhole = given.takesIndices.indices.contains(input) && given.takesIndices[input]
        return isWhole ? Float(dice.below(4)) : dice.chance(5) ? 0 : dice.uniform() * 4 - 2
    }

    private func fill(_ number: Float) {
        #if FRESH_MEMORY
            FreshMemory.filling = number
        #endif
    }

    /// Where numbers differ by more than the order of sums explains.
    private func differences(_ name: String, _ found: [Tensor], _ expected: [Tensor]) -> [String] {
        compare(name, found, expected) { ours, theirs, scale in
            ours.isNaN || theirs.isNaN || ours == theirs || abs(ours - theirs) <= 1e-3 * scale
                || !(ours.isFinite && theirs.isFinite) && scale > 1e30
        }
    }

    /// Where there is no number though the reference has one: memory that nobody wrote.
    private func stale(_ name: String, _ found: [Tensor], _ expected: [Tensor]) -> [String] {
        compare(name + ", NaN", found, expected) { ours, theirs, _ in !ours.isNaN || theirs.isNaN }
    }

    private func compare(
        _ name: String, _ found: [Tensor], _ expected: [Tensor], _ isFine: (Float, Float, Float) -> Bool
    ) -> [String] {
        guard found.map(\.shape) == expected.map(\.shape) else {
            return ["\(name): shapes \(found.map(\.shape)), layer by layer \(expected.map(\.shape))"]
        }
        for (position, (found, expected)) in zip(found, expected).enumerated() {
            let scale = expected.elements.reduce(Float(1)) { $1.isFinite ? max($0, abs($1)) : $0 }
            for (place, (ours, theirs)) in zip(found.elements, expected.elements).enumerated()
            where !isFine(ours, theirs, scale) {
                return ["\(name): tensor \(position), element \(place) is \(ours), layer by layer \(theirs)"]
            }
        }
        return []
    }

    // MARK: Counting

    /// The classes of these layers, with what stands inside of them.
    private func classes(in model: Model, _ isCounted: (Int) -> Bool) -> Set<String> {
        var found: Set<String> = []
        func look(_ value: OptionValue) {
            if let object = value.object {
                if let name = object["class_name"]?.string, LayerRegistry.keras.type(named: name) != nil {
                    found.insert(name)
                }
                for (_, value) in object.pairs { look(value) }
            }
            for value in value.array ?? [] { look(value) }
        }
        for index in model.layers.indices where isCounted(index) {
            found.insert(type(of: model.layers[index].layer).kerasName)
            look(.object(model.layers[index].layer.options))
        }
        return found
    }

    /// The layers through which gradients go: with weights at or before them, and an output behind.
    private func gradientLayers(_ model: Model) -> Set<Int> {
        var wanted: Set<Int> = []
        for (layer, call) in model.schedule {
            let entry = model.layers[layer]
            let sources = entry.calls.isEmpty ? [] : entry.calls[call]
            let hasWeights = entry.isTrainable && entry.specs.contains(where: \.isTrainable)
            if hasWeights || sources.contains(where: { wanted.contains($0.layer) }) { wanted.insert(layer) }
        }
        var reached: Set<Int> = []
        var waiting = model.outputs.map(\.layer)
        while let layer = waiting.popLast() {
            guard reached.insert(layer).inserted else { continue }
            waiting += model.layers[layer].calls.joined().map(\.layer)
        }
        return wanted.intersection(reached)
    }
}

extension ReadingLimits {
    /// So little memory that many models are run in short time; what takes more is one that does not keep to it.
    static let small: ReadingLimits = {
        var limits = ReadingLimits()
        limits.hdf5.maxTotalBytes = 16 << 20
        limits.hdf5.maxDatasetBytes = 16 << 20
        return limits
    }()
}

extension RunLimits {
    /// The same for a run.
    static let small = RunLimits(activationBytes: 32 << 20)
}
