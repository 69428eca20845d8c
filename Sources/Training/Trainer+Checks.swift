import Networks
import Runtime
import Tensors

extension Trainer {
    /// Holds a data set against the model before the first batch, so that nothing fails an hour later.
    func check(_ data: Dataset) throws(TrainingError) {
        let model = session.model
        guard data.inputs.count == model.inputs.count else {
            throw .count(of: "input", expected: model.inputs.count, found: data.inputs.count)
        }
        guard data.targets.count == model.outputs.count else {
            throw .count(of: "output", expected: model.outputs.count, found: data.targets.count)
        }
        guard objective.outputs.count == model.outputs.count else {
            throw .count(of: "output", expected: model.outputs.count, found: objective.outputs.count)
        }
        guard let shapes = try? model.shapes(forInputs: data.inputs.map { [Shape.unknown] + $0.sampleShape }) else {
            return  // The first batch says what is wrong.
        }
        for (position, target) in data.targets.enumerated() {
            guard let outputs = shapes[model.outputs[position]] else { continue }
            try checkMask(of: position, outputs, shapes)
            let loss = objective.outputs[position].loss
            try objective.check(target.shape, of: loss, outputs: outputs, model, position)
            if loss.takesClassNumbers, let classes = outputs.last {
                try objective.check(target.tensor(on: session.pool), classes, model, position)
            }
        }
    }
}

extension Trainer {
    /// How many samples a batch has at most: no more than there are.
    ///
    /// - Throws: ``TrainingError`` for batches without samples.
    func checkedBatchSize(_ size: Int, for data: Dataset) throws(TrainingError) -> Int {
        guard size > 0 else { throw .unsupported("a batch has at least one sample, found a size of \(size)") }
        return min(size, max(1, data.count))
    }

    /// Makes sure that the mask of an output has one number for each value of a loss, and that no metric needs it.
    private func checkMask(of position: Int, _ output: Shape, _ shapes: [Source: Shape]) throws(TrainingError) {
        let model = session.model
        guard position < model.outputMasks.count, let source = model.outputMasks[position], let mask = shapes[source]
        else { return }
        let name = model.outputName(position)
        guard mask.count == output.count - 1 else {
            throw .unsupported(
                "output \"\(name)\" of shape \(output) has a mask of shape \(mask), with which training is not "
                    + "supported: give one axis after the steps")
        }
        let loss = objective.outputs[position].loss
        guard loss.valueShape(for: output).count == mask.count else {
            throw .unsupported(
                "output \"\(name)\" has a mask, with which the loss \(type(of: loss).functionName) is not supported: "
                    + "take one that has a value for each step")
        }
        guard objective.outputs[position].weightedMetrics.isEmpty else {
            throw .unsupported(
                "output \"\(name)\" has a mask, with which weighted metrics are not supported: take metrics")
        }
    }

    /// Makes sure that the regularizers of the trained weights can take their shapes.
    func checkRegularizers() throws(TrainingError) {
        let model = session.model
        for address in model.trainableWeights {
            let (layer, shape) = (model.layers[address.layer], model[address].shape)
            guard case .orthogonal = layer.specs[address.weight].regularizer, shape.count != 2 else { continue }
            throw .unsupported(
                "layer \"\(layer.name)\": OrthogonalRegularizer expects a matrix, but "
                    + "\(layer.specs[address.weight].name) has shape \(shape); take another regularizer")
        }
    }

    /// Makes sure that targets can be mixed.
    func checkMixUp() throws(TrainingError) {
        for (position, output) in objective.outputs.enumerated() where output.loss.takesClassNumbers {
            throw .unsupported(
                "output \"\(session.model.outputName(position))\": mixup mixes targets, which the numbers of classes do not "
                    + "allow; take categorical_crossentropy and one-hot targets")
        }
    }

    /// Takes over the weights of all layers, trained or not.
    mutating func setWeights(_ weights: [[Tensor]]) {
        var model = session.model
        for layer in model.layers.indices { model.layers[layer].weights = weights[layer] }
        session = Session(model, pool: session.pool)
    }
}

extension Dataset {
    /// The same samples, each counting as much as its class says.
    func weighting(_ classes: [Int: Float]) -> Dataset {
        guard !classes.isEmpty, let target = targets.first else { return self }
        let tensor = target.tensor()
        let size = tensor.count / max(1, count)
        let weights = (0..<count).map { sample in
            let row = (0..<size).map { tensor[sample * size + $0] }
            let number = size == 1 ? Int(exactly: row[0].rounded()) ?? -1 : row.indices.max { row[$0] < row[$1] } ?? 0
            return (sampleWeights?[sample] ?? 1) * (classes[number] ?? 1)
        }
        return Dataset(self, weights: weights)
    }
}

extension Model {
    /// What the trained weights' regularizers add to the loss.
    var regularizationLoss: Float {
        trainableWeights.reduce(0) { sum, address in
            sum + (layers[address.layer].specs[address.weight].regularizer?.penalty(self[address]) ?? 0)
        }
    }

    /// Adds what the regularizers add, to gradients in the order of ``trainableWeights``.
    func addRegularizerGradients(to gradients: inout [Tensor], scale: Float, on pool: WorkerPool) {
        for (position, address) in trainableWeights.enumerated() {
            guard let regularizer = layers[address.layer].specs[address.weight].regularizer else { continue }
            gradients[position] = zipped(gradients[position], regularizer.gradient(self[address]), on: pool) {
                $0 + scale * $1
            }
        }
    }
}

extension Session {
    /// Brings weights back to what their constraints allow.
    mutating func constrainWeights() {
        let constraints = model.trainableWeights.map { model.layers[$0.layer].specs[$0.weight].constraint }
        guard constraints.contains(where: { $0 != nil }) else { return }
        updateWeights { position, weight in
            if let constraint = constraints[position] { weight = constraint(weight) }
        }
    }
}
