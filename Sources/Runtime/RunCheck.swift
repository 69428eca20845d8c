import Networks
import Synchronization
import Tensors

/// What one run takes, by the shape rules of the layers.
struct RunNeeds: Sendable {
    /// Bytes that are held at once in prediction, layer by layer; fused steps hold less.
    var prediction: Int
    /// Bytes that a way forward and back holds.
    var training: Int
    /// The number of elements of the largest output of any layer.
    var largestOutput: Int
    /// Bytes of the model's outputs.
    var results: Int
}

/// The checks that were made of inputs of these shapes; shared by the copies of a session.
///
/// What is kept stays right while the model's layers and its weights' shapes are what they were, which a session never
/// changes.
final class CheckedShapes: Sendable {
    /// Sizes that are kept.
    private static let capacity = 8

    private let known = Mutex<[(inputs: [Shape], needs: RunNeeds)]>([])

    func needs(for inputs: [Shape]) -> RunNeeds? {
        known.withLock { known in known.first { $0.inputs == inputs }?.needs }
    }

    func keep(_ needs: RunNeeds, for inputs: [Shape]) {
        known.withLock { known in
            guard !known.contains(where: { $0.inputs == inputs }) else { return }
            if known.count == Self.capacity { known.removeFirst() }
            known.append((inputs, needs))
        }
    }
}

extension Session {
    /// Asks every layer whether it can take what really comes in, before anything is computed.
    ///
    /// - Parameter shapes: the shapes of one batch of inputs, the number of samples included.
    /// - Returns: what running it takes.
    /// - Throws: ``InputError`` naming the first input or layer that does not fit.
    @discardableResult
    func check(_ shapes: [Shape]) throws(InputError) -> RunNeeds {
        if let known = checked.needs(for: shapes) { return known }
        try model.check(shapes)
        let needs: RunNeeds
        do throws(ShapeError) {
            let found = try model.shapes(forInputs: shapes)
            // From data every extent follows; options that say otherwise are none.
            for (source, shape) in found where !shape.isKnown {
                throw ShapeError(
                    layer: "layer \"\(model.layers[source.layer].name)\"",
                    expected: "options that tell the size of its outputs", found: shape)
            }
            try model.checkUse(of: found, needsWeights: true)
            needs = try self.needs(found)
        } catch {
            throw .layer(error)
        }
        checked.keep(needs, for: shapes)
        return needs
    }

    /// The same, and that training on such a batch stays within the limits.
    func checkTraining(_ shapes: [Shape]) throws(InputError) {
        let needs = try check(shapes)
        guard needs.training <= limits.activationBytes else {
            throw .activations(samples: shapes[0][0], needed: needs.training, limit: limits.activationBytes)
        }
    }

    /// How many samples are predicted together: as asked, or as many as the limits leave room for.
    package func fittingBatch(_ shapes: [Shape], asked: Int) throws(InputError) -> Int {
        let count = shapes[0][0]
        var batch = min(asked, count)
        var needs = try check(shapes.map { $0.withBatch(batch) })
        while needs.prediction > limits.activationBytes {
            guard batch > 1, fixedBatch == nil else {
                throw .activations(samples: batch, needed: needs.prediction, limit: limits.activationBytes)
            }
            let share = Double(limits.activationBytes) / Double(needs.prediction)
            batch = max(1, min(batch - 1, Int(Double(batch) * share)))
            needs = try check(shapes.map { $0.withBatch(batch) })
        }
        // Results of all samples stay until the last is done.
        let results = ShapeLimits.product(needs.results, (count + batch - 1) / batch)
        guard results <= limits.activationBytes else {
            throw .activations(samples: count, needed: results, limit: limits.activationBytes)
        }
        let rest = count % batch
        if rest != 0 { try check(shapes.map { $0.withBatch(rest) }) }
        return batch
    }

    /// What running the layers takes for outputs of these shapes.
    private func needs(_ shapes: [Source: Shape]) throws(ShapeError) -> RunNeeds {
        func bytes(_ count: Int) -> Int { ShapeLimits.product(count, MemoryLayout<Float>.stride) }
        var sizes = [Int](repeating: 0, count: layerPlan.slotCount)
        var (held, most, all, largest) = (0, 0, 0, 1)
        for step in layerPlan.steps {
            let entry = model.layers[step.source.layer]
            let sources = entry.calls.isEmpty ? [] : entry.calls[step.source.call]
            let inputs = sources.compactMap { shapes[$0] }
            let own = try entry.naming { () throws(ShapeError) in try entry.layer.temporaries(for: inputs) }
            var outputs = 0
            for (output, slot) in step.outputs.enumerated() {
                let source = Source(layer: step.source.layer, call: step.source.call, output: output)
                guard let shape = shapes[source] else { continue }
                sizes[slot] = shape.elementCount
                largest = max(largest, sizes[slot])
                outputs = ShapeLimits.sum(outputs, sizes[slot])
            }
            held = ShapeLimits.sum(held, outputs)
            most = max(most, ShapeLimits.sum(held, own))
            all = ShapeLimits.sum(all, ShapeLimits.sum(outputs, own))
            for slot in step.lastUses { held -= min(held, sizes[slot]) }
        }
        let weights = model.layers.reduce(0) { sum, entry in
            entry.isTrainable ? entry.specs.reduce(sum) { ShapeLimits.sum($0, $1.shape.elementCount) } : sum
        }
        return RunNeeds(
            prediction: bytes(most), training: bytes(ShapeLimits.sum(ShapeLimits.product(all, 2), weights)),
            largestOutput: largest,
            results: bytes(
                model.outputs.reduce(0) { sum, source in ShapeLimits.sum(sum, shapes[source]?.elementCount ?? 0) }))
    }
}
