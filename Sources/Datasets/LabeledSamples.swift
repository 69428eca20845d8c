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
    /// How much each sample counts; `nil` for all the same.
    public let weights: [Float]?

    /// - Throws: ``DataError`` where there are not as many targets or weights as inputs.
    init(inputs: Samples, targets: Samples, weights: [Float]? = nil) throws(DataError) {
        _ = try Dataset(inputs: [inputs], targets: [targets], sampleWeights: weights)
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
        classes = targets.integers
    }

    private init(_ other: LabeledSamples, inputs: Samples) {
        self.inputs = inputs
        targets = other.targets
        classes = other.classes
        weights = other.weights
    }

    public var count: Int { inputs.count }

    /// The same with images changed as in one epoch of training with this seed.
    ///
    /// - Throws: ``DataError`` where the samples are no images.
    public func augmented(
        by augmentation: Augmentation, seed: UInt64, on pool: WorkerPool = .shared
    ) throws(DataError) -> LabeledSamples {
        LabeledSamples(self, inputs: try dataset().augmented(by: augmentation, seed: seed, on: pool).inputs[0])
    }

    /// One more than the largest class number; nil where the targets are no class numbers.
    public var classCount: Int? { classes?.max().map { $0 + 1 } }

    /// For training and evaluation with targets as they are: class numbers, for a sparse loss.
    public func dataset() throws(DataError) -> Dataset { try dataset(targets) }

    private func dataset(_ targets: Samples) throws(DataError) -> Dataset {
        try Dataset(inputs: [inputs], targets: [targets], sampleWeights: weights)
    }

    /// The same with rows of zeros and a one in place of class numbers; targets that are rows already stay.
    ///
    /// - Throws: ``DataError`` where a class number is not below `classes`, or the targets are neither.
    public func dataset(oneHot classes: Int) throws(DataError) -> Dataset {
        if targets.sampleShape == [classes] { return try dataset(targets) }
        guard let numbers = self.classes else {
            throw .unfit("expected class numbers or rows of \(classes), found targets of shape \(targets.shape)")
        }
        return try dataset(oneHot(numbers, classes: classes))
    }
}

/// The parts of a data set, in memory.
public struct LoadedDataset: Sendable {
    public let spec: DatasetSpec
    /// Where it was found.
    public let files: DatasetFiles
    public let train: LabeledSamples?
    public let test: LabeledSamples?

    /// The names of the classes by their numbers, where folders name them.
    public var classNames: [Int: String]? {
        guard case .images(let train, let test) = files else { return nil }
        return (train?.classes ?? [:]).merging(test?.classes ?? [:]) { first, _ in first }
    }

    /// The part to measure on: the test part, or the only one.
    ///
    /// - Precondition: who makes a loaded data set gives it one part at least.
    public var evaluation: LabeledSamples {
        guard let part = test ?? train else { preconditionFailure("data set \(spec) has no part") }
        return part
    }
}
