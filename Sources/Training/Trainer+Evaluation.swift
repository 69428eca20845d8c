import Networks
import Runtime
import Tensors

/// What a model does on a data set: the loss and the metrics, and which class it takes for which.
public struct Evaluation: Sendable {
    public var logs: Logs
    /// `nil` where the model does not tell classes apart, or the classes are not known.
    public var confusion: ConfusionMatrix?
}

extension Trainer {
    /// Measures the loss, the metrics and the confusions on a data set, in one pass, batch by batch.
    ///
    /// - Parameters:
    ///   - classes: the class of each sample, where the samples have one; there are no confusions of more than
    ///     ``ConfusionMatrix/mostClasses``.
    ///   - onBatchEnd: told after each batch how many samples are done, with the means so far.
    public func report(
        on data: Dataset, classes: [Int]? = nil, batchSize: Int = 128,
        onBatchEnd: ((_ samples: Int, _ logs: Logs) -> Void)? = nil
    ) throws(TrainingError) -> Evaluation {
        let batchSize = try checkedBatchSize(batchSize, for: data)
        try check(data)
        precondition(classes == nil || classes?.count == data.count, "one class for each sample")
        var confusion: ConfusionMatrix?
        if let classes, let columns = model.classCount, let largest = classes.max(), let smallest = classes.min(),
            smallest >= 0, largest < max(2, columns), columns <= ConfusionMatrix.mostClasses
        {
            confusion = ConfusionMatrix(classes: columns)
        }
        let logs = try measure(data, batchSize) { range, predictions, logs in
            if let classes {
                confusion?.add(predictions[0].outputs, labels: classes[range], first: range.lowerBound)
            }
            onBatchEnd?(range.upperBound, logs)
        }
        return Evaluation(logs: logs, confusion: confusion)
    }
}

extension Model {
    /// How many scores the model's only output has; `nil` where it is no row of scores.
    fileprivate var classCount: Int? {
        guard outputs.count == 1, let shape = try? shapes()[outputs[0]], shape.count == 2, shape[1] > 0 else {
            return nil
        }
        return shape[1]
    }
}
