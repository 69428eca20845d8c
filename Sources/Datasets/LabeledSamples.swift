import Tensors
import Training

/// Samples and what they are: the numbers of their classes, or whatever else a model should give for them.
public struct LabeledSamples: Sendable {
    /// For images `[count, height, width, channels]`.
    public let inputs: Samples
    /// Class numbers `[count]`, or targets as they were found.
    public let targets: Samples
    /// The class of each sample, where the targets are class numbers.
    public let classes: [Int]?

    /// - Throws: ``DataError`` where there are not as many targets as inputs.
    init(inputs: Samples, targets: Samples) throws(DataError) {
        _ = try Dataset(inputs, targets)
        self.inputs = inputs
        self.targets = targets
        classes = targets.integers
    }

    public var count: Int { inputs.count }

    /// One more than the largest class number; nil where the targets are no class numbers.
    public var classCount: Int? { classes?.max().map { $0 + 1 } }

    /// For training and evaluation with targets as they are: class numbers, for a sparse loss.
    public func dataset() throws(DataError) -> Dataset { try Dataset(inputs, targets) }

    /// The same with rows of zeros and a one in place of class numbers; targets that are rows already stay.
    ///
    /// - Throws: ``DataError`` where a class number is not below `classes`, or the targets are neither.
    public func dataset(oneHot classes: Int) throws(DataError) -> Dataset {
        if targets.sampleShape == [classes] { return try Dataset(inputs, targets) }
        guard let numbers = self.classes else {
            throw .unfit("expected class numbers or rows of \(classes), found targets of shape \(targets.shape)")
        }
        return try Dataset(inputs, oneHot(numbers, classes: classes))
    }
}

/// The parts of a data set, in memory.
public struct LoadedDataset: Sendable {
    public let spec: DatasetSpec
    /// Where it was found.
    public let files: DatasetFiles
    public let train: LabeledSamples?
    public let test: LabeledSamples?

    /// The part to measure on: the test part, or the only one.
    ///
    /// - Precondition: who makes a loaded data set gives it one part at least.
    public var evaluation: LabeledSamples {
        guard let part = test ?? train else { preconditionFailure("data set \(spec) has no part") }
        return part
    }
}
