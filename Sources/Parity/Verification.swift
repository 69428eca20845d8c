import Networks
import Runtime
import Tensors

/// Holds a model in our runtime against another side, on the same inputs, and says whether they are equal.
///
/// Samples go through batch by batch, so memory stays the same however many there are.
///
///     let verdict = try Verification(model: "mnist.keras", ours: SessionSide(session), theirs: keras, inputs: inputs).run()
///     print(verdict.text())
public struct Verification: Sendable {
    /// The model as its user named it.
    public var model: String
    public var ours: SessionSide
    public var theirs: any Side
    public var inputs: Inputs
    public var tolerances = Tolerances()
    public var batchSize = 256
    /// What to compare layer by layer.
    ///
    /// Without it, layers are compared only where the outputs differ, to say where they part.
    public var layers: LayerInspection?
    /// Whether to look for the layer where the sides part when nobody asked for layers and the outputs differ.
    public var explainsDifferences = true
    /// The losses to take gradients of, by Keras' names: one for all outputs or one for each.
    public var gradients: [String]?
    public var gradientTolerance = Tolerance.gradients
    /// How many samples the gradients are taken of.
    public var gradientSamples = 32
    public var training: TrainingRecipe?
    /// How to read classes from the output; `nil` asks the model: a softmax or sigmoid at its end.
    public var scores: ClassScores?
    /// Facts about this program for the report.
    public var facts: [SideDescription.Detail] = []
    /// The command that is run, for the report.
    public var command: [String] = []

    public init(model: String, ours: SessionSide, theirs: any Side, inputs: Inputs) {
        self.model = model
        self.ours = ours
        self.theirs = theirs
        self.inputs = inputs
    }

    /// How far a run is.
    public struct Progress: Hashable, Sendable {
        public enum Phase: String, Hashable, Sendable { case outputs, layers, gradients, training, drift }

        public var phase: Phase
        public var done: Int
        public var total: Int
    }

    /// Runs both sides and compares.
    ///
    /// - Throws: ``ParityError`` where something cannot be compared; a difference is no error.
    public func run(progress: (Progress) -> Void = { _ in }) throws(ParityError) -> Verdict {
        guard inputs.count > 0 else { throw .nothingToCompare }
        let clock = ContinuousClock()
        let start = clock.now
        let pool = ours.session.pool
        var verdict = Verdict(
            model: model, ours: ours.description, theirs: theirs.description, inputs: inputs.description,
            samples: inputs.count, outputs: [],
            environment: .current(pool: pool, more: facts), command: command,
            seconds: 0)

        verdict.halfPolicies = Set(ours.session.model.layers.map(\.dtype)).filter { $0.contains("float16") }.sorted()
        if let digests = (theirs as? StoredReference)?.weightDigests {
            verdict.changedWeights = ours.session.model.weightsChanged(since: digests)
        }
        let names = ours.session.model.outputNames
        verdict.outputs = names.map { NamedComparison($0, Comparison(tolerances[$0])) }
        var classes = classScores.map(ClassificationComparison.init)
        var suspect: Int?  // the first sample whose outputs differ
        for range in batches(of: batchSize, upTo: inputs.count) {
            let batch = inputs.batch(range)
            let (our, their) = (try ours.outputs(batch), try theirs.outputs(batch))
            guard our.count == their.count else {
                throw .mismatch("\(theirs.description.name) gives \(their.count) outputs, our model \(our.count)")
            }
            for index in our.indices {
                verdict.outputs[index].comparison.add(our[index], their[index], pool: pool)
                if suspect == nil, !verdict.outputs[index].comparison.isEqual {
                    suspect = verdict.outputs[index].comparison.first?.index.first ?? range.lowerBound
                }
            }
            classes?.add(
                our[0], their[0], labels: batch.labels?[...], tolerance: tolerances[names[0]],
                picture: { row in batch.inputs.first.flatMap { Picture($0.samples(row..<(row + 1)).withoutBatch) } })
            progress(Progress(phase: .outputs, done: range.upperBound, total: inputs.count))
        }
        if let classes, classes.samples > 0 { verdict.classification = classes }

        if let layers {
            verdict.layers = try compareLayers(layers, 0..<min(layers.samples, inputs.count), progress)
        } else if explainsDifferences, let suspect {
            // Best effort: a side without activations has already given its verdict.
            verdict.layers = try? compareLayers(LayerInspection(bisects: true), suspect..<(suspect + 1), progress)
        }
        if let gradients { verdict.gradients = try compareGradients(gradients, progress) }
        if let training { verdict.training = try compareTraining(training, progress) }
        verdict.seconds = Double((clock.now - start) / .milliseconds(1)) / 1000
        return verdict
    }

    /// What the model's end says about classes: only a single output of rank 2 has them.
    private var classScores: ClassScores? {
        if let scores { return scores }
        let model = ours.session.model
        guard model.outputs.count == 1, let last = model.outputs.first,
            let shape = try? model.shapes()[last], shape.count == 2
        else { return nil }
        if ours.session.finalActivation != nil {
            return shape[1] == 1 ? .sigmoid : .probabilities
        }
        return inputs.labels != nil && shape[1] > 1 ? .logits : nil
    }

    private func compareLayers(
        _ check: LayerInspection, _ range: Range<Int>, _ progress: (Progress) -> Void
    ) throws(ParityError) -> LayerReport {
        var comparer = LayerComparer(ours.session.model, check, pool: ours.session.pool)
        // All activations of a batch are in memory at once, on both sides.
        for part in batches(of: min(batchSize, 32), upTo: range.count) {
            let batch = inputs.batch((range.lowerBound + part.lowerBound)..<(range.lowerBound + part.upperBound))
            let (our, their) = (try ours.activations(batch), try theirs.activations(batch))
            comparer.add(batch, ours: our.byKey, theirs: their.byKey)
            progress(Progress(phase: .layers, done: part.upperBound, total: range.count))
        }
        return comparer.report
    }

    private func compareGradients(
        _ losses: [String], _ progress: (Progress) -> Void
    ) throws(ParityError) -> GradientReport {
        let model = ours.session.model
        let count = min(theirs.gradientSamples ?? gradientSamples, inputs.count)
        var batch = inputs.batch(0..<count)
        batch.targets = theirs.targets(0..<count) ?? []
        batch = try withTargets(batch, losses)
        let (our, their) = (try ours.gradients(batch, losses: losses), try theirs.gradients(batch, losses: losses))
        progress(Progress(phase: .gradients, done: 1, total: 1))
        let trainable = Set(model.trainableWeights.map { WeightKey(model.layers[$0.layer].name, $0.weight) })
        return GradientReport(
            losses, samples: count, names: model.weightNames.filter { trainable.contains($0.key) }, ours: our,
            theirs: their, gradientTolerance, pool: ours.session.pool)
    }

    private func compareTraining(
        _ recipe: TrainingRecipe, _ progress: (Progress) -> Void
    ) throws(ParityError) -> TrainingReport {
        let names = ours.session.model.weightNames
        var report = TrainingReport(recipe)
        var (our, their) = (try ours.training(recipe), try theirs.training(recipe))
        for step in 0..<recipe.steps {
            let batch = try self.batch(of: step, recipe)
            let before = report.parting == nil ? our as? OurTraining : nil
            report.ourLosses.append(try our.step(batch))
            report.theirLosses.append(try their.step(batch))
            if let known = try their.weights(), let own = try our.weights() {
                report.compare(after: step + 1, names: names, ours: own, theirs: known, pool: ours.session.pool)
            } else {
                report.watchesEveryStep = false
            }
            if let before, report.parting?.step == step + 1 {
                report.drift = try drift(from: before, batch, names, progress)
            }
            progress(Progress(phase: .training, done: step + 1, total: recipe.steps))
        }
        return report
    }

    /// How far one step of our own training drifts when it starts a millionth away: what rounding alone does to it.
    ///
    /// Many starts, because an element that crosses a rectifier's zero or changes a maximum jumps by itself.
    private func drift(
        from start: OurTraining, _ batch: Batch, _ names: [(key: WeightKey, name: String)],
        _ progress: (Progress) -> Void
    ) throws(ParityError) -> [String: Double] {
        let starts = 24
        var exact = start
        _ = try exact.step(batch)
        guard let expected = exact.weights() else { return [:] }
        var found: [String: Double] = [:]
        for seed in 1...starts {
            var run = start.nudged(seed: UInt64(seed))
            _ = try run.step(batch)
            guard let nudged = run.weights() else { continue }
            for (key, name) in names {
                guard let a = nudged[key], let b = expected[key] else { continue }
                let maximum = Comparison(a, b, .exact, pool: ours.session.pool).absoluteError.maximum
                found[name] = max(found[name] ?? 0, maximum)
            }
            progress(Progress(phase: .drift, done: seed, total: starts))
        }
        return found
    }

    /// The samples of a step, around again where they end.
    private func batch(of step: Int, _ recipe: TrainingRecipe) throws(ParityError) -> Batch {
        let size = min(recipe.batchSize, inputs.count)
        let start = step * size % (inputs.count - size + 1)
        var batch = inputs.batch(start..<(start + size))
        batch.targets = theirs.targets(batch.range) ?? []
        return try withTargets(batch, recipe.losses)
    }

    /// The batch with what its losses compare with: the labels, or numbers that depend on the sample alone.
    private func withTargets(_ batch: Batch, _ losses: [String]) throws(ParityError) -> Batch {
        guard batch.targets.isEmpty else { return batch }
        var batch = batch
        let outputs = try ours.outputs(batch)
        batch.targets = outputs.enumerated().map { position, output in
            let loss = losses[min(position, losses.count - 1)]
            let random = Random(seed: 1).stream(UInt64(position))
            let classes = output.shape.last ?? 1
            func label(_ row: Int) -> Int {
                if let labels = batch.labels, position == 0 { return labels[row] }
                return Int(random.uniform(at: batch.range.lowerBound + row) * Float(classes))
            }
            let rows = output.count / max(1, classes)
            if loss.hasPrefix("sparse") {
                return Tensor(Shape(output.shape.dropLast()), (0..<rows).map { Float(label($0)) })
            }
            if loss == "categorical_crossentropy" {
                var target = Tensor(output.shape)
                for row in 0..<rows { target[row * classes + label(row)] = 1 }
                return target
            }
            if loss == "binary_crossentropy", classes == 1, batch.labels != nil, position == 0 {
                return Tensor(output.shape, (0..<rows).map { Float(label($0)) })
            }
            let first = batch.range.lowerBound * (output.count / max(1, batch.range.count))
            return Tensor(output.shape, (0..<output.count).map { random.uniform(at: first + $0) })
        }
        return batch
    }

    private func batches(of size: Int, upTo count: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: max(1, size)).map { $0..<min(count, $0 + max(1, size)) }
    }
}

extension [LayerOutput] {
    fileprivate var byKey: [TensorKey: Tensor] {
        Dictionary(map { ($0.key, $0.value) }) { first, _ in first }
    }
}

extension Tensor {
    /// The only sample, without the batch axis.
    fileprivate var withoutBatch: Tensor { reshaped(to: shape.sample) }
}
