import Networks
import Tensors
import Training

extension LabeledSamples {
    /// The samples with targets of the kind that a loss takes: class numbers, or rows with a one for each class.
    ///
    /// - Parameter model: its output says how many classes there are.
    /// - Throws: ``DataError`` where the model takes samples of another shape, or a class number is not below that.
    public func dataset(for loss: any Loss, of model: Model) throws(DataError) -> Dataset {
        try checkShape(for: model)
        guard !loss.takesClassNumbers, classes != nil, let output = model.outputs.first,
            let shape = try? model.shapes()[output], let count = shape.last, shape.count == 2, count > 1
        else { return try dataset() }
        return try dataset(oneHot: count)
    }

    private func checkShape(for model: Model) throws(DataError) {
        guard model.inputs.count == 1, let input = model.inputs.first,
            let expected = (model.layers[input].layer as? InputLayer)?.batchShape
        else { return }
        let fits =
            expected.count == inputs.shape.count
            && zip(expected, inputs.shape).dropFirst().allSatisfy { $0 == Shape.unknown || $0 == $1 }
        guard fits else {
            throw .unfit(
                "the model's input \"\(model.layers[input].name)\" expects shape \(expected), found samples \(inputs.shape)"
            )
        }
    }
}
