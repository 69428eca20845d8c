import Networks
import Tensors

extension Objective {
    /// Targets that the losses can take, for who measures time and does not care what is learnt.
    ///
    /// - Throws: ``TrainingError`` where an output has extents that only the data tell.
    public func randomTargets(for model: Model, samples: Int, seed: UInt64 = 0) throws(TrainingError) -> [Tensor] {
        guard let shapes = try? model.shapes() else { throw .unsupported("the model's shapes do not fit each other") }
        var targets: [Tensor] = []
        for (position, output) in outputs.enumerated() {
            guard let shape = shapes[model.outputs[position]]?.withBatch(samples), shape.isKnown else {
                throw .unsupported("output \"\(model.outputName(position))\" has extents that only the data tell")
            }
            let random = Random(seed: seed).stream(UInt64(position))
            let classes = Float(shape.last ?? 1)
            // Where any extent will do, one number is enough.
            let target = Shape(output.loss.targetShape(for: shape).map { $0 == Shape.unknown ? 1 : $0 })
            targets.append(
                Tensor(unsafeUninitialized: target) { elements in
                    for i in elements.indices {
                        let value = random.uniform(at: i)
                        elements[i] = output.loss.takesClassNumbers ? (value * classes).rounded(.down) : value
                    }
                })
        }
        return targets
    }
}
