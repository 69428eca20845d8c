import Network
import Tensors
import Training

extension LabeledSamples {
    /// The samples with targets of the kind that a loss takes: class numbers, or rows with a one for each class.
    ///
    /// - Parameter model: its output says how many classes there are.
    /// - Throws: ``DataError`` where a class number is not below that.
    public func dataset(for loss: any Loss, of model: Model) throws(DataError) -> Dataset {
        guard !loss.takesClassNumbers, classes != nil, let output = model.outputs.first,
            let shape = try? model.shapes()[output], let count = shape.last, shape.count == 2, count > 1
        else { return try dataset() }
        return try dataset(oneHot: count)
    }
}
