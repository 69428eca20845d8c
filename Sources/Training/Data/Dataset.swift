import Tensors

/// Samples to learn from or to be measured on: inputs, targets, and how much each sample counts.
public struct Dataset: Sendable {
    /// One for each input of the model.
    public let inputs: [Samples]
    /// One for each output of the model; empty where there is nothing to compare with.
    public let targets: [Samples]
    /// How much each sample counts; `nil` for all the same.
    public let sampleWeights: [Float]?

    /// - Throws: ``DataError`` where the parts have not the same number of samples.
    public init(inputs: [Samples], targets: [Samples] = [], sampleWeights: [Float]? = nil) throws(DataError) {
        guard let count = inputs.first?.count else { throw .unfit("a data set needs at least one input") }
        for (kind, parts) in [("input", inputs), ("target", targets)] {
            for (position, part) in parts.enumerated() where part.count != count {
                throw .unfit("\(kind) \(position) has \(part.count) samples, the first input has \(count)")
            }
        }
        if let weights = sampleWeights, weights.count != count {
            throw .unfit("\(weights.count) sample weights for \(count) samples")
        }
        self.inputs = inputs
        self.targets = targets
        self.sampleWeights = sampleWeights
    }

    /// A data set of one input and one target.
    public init(_ inputs: Samples, _ targets: Samples) throws(DataError) {
        try self.init(inputs: [inputs], targets: [targets])
    }

    private init(_ whole: Dataset, _ range: Range<Int>) {
        inputs = whole.inputs.map { $0[range] }
        targets = whole.targets.map { $0[range] }
        sampleWeights = whole.sampleWeights.map { Array($0[range]) }
    }

    /// The same samples with other weights, one for each.
    init(_ dataset: Dataset, weights: [Float]) {
        inputs = dataset.inputs
        targets = dataset.targets
        sampleWeights = weights
    }

    /// How many samples there are.
    public var count: Int { inputs[0].count }

    /// The samples in this range; no element moves.
    public subscript(range: Range<Int>) -> Dataset { Dataset(self, range) }

    /// The first part to learn from, and the rest, the fraction at the end, to validate on: Keras' `validation_split`.
    ///
    /// - Throws: ``DataError`` where one of the parts would be empty.
    public func split(validation fraction: Double) throws(DataError) -> (training: Dataset, validation: Dataset) {
        let middle = Int((Double(count) * (1 - fraction)).rounded(.down))
        guard fraction > 0, fraction < 1, middle > 0, middle < count else {
            throw .unfit("\(count) samples cannot be split with a fraction of \(fraction) for validation")
        }
        return (self[0..<middle], self[middle..<count])
    }

    /// The same samples with their images changed as in one epoch of training with this seed.
    ///
    /// - Throws: ``DataError`` where no input holds images.
    public func augmented(
        by augmentation: Augmentation, seed: UInt64, epoch: Int = 0, on pool: WorkerPool = .shared
    ) throws(DataError) -> Dataset {
        try check(augmentation)
        return try Dataset(
            inputs: inputs.map { input in
                ImageSize(input.sampleShape) == nil
                    ? input : input.augmented(by: augmentation, seed: seed, epoch: epoch, on: pool)
            }, targets: targets, sampleWeights: sampleWeights)
    }

    /// Makes sure that there are images to change.
    func check(_ augmentation: Augmentation?) throws(DataError) {
        guard augmentation != nil, inputs.allSatisfy({ ImageSize($0.sampleShape) == nil }) else { return }
        throw .unfit(
            "augmentation changes images [height, width] or [height, width, channels], "
                + "found samples of shape \(inputs[0].sampleShape)")
    }

    /// These samples, in this order, changed as this epoch does.
    package func batch(
        _ indices: some RandomAccessCollection<Int>, _ augmentation: Augmentation, seed: UInt64, epoch: Int,
        on pool: WorkerPool
    ) -> SampleBatch {
        var batch = batch(indices, on: pool)
        let random = Augmentation.random(seed: seed, epoch: epoch)
        for (position, input) in inputs.enumerated() {
            augmentation.apply(
                to: &batch.inputs[position], white: input.white, samples: indices, random, on: pool)
        }
        return batch
    }

    /// These samples, in this order.
    func batch(_ indices: some Collection<Int>, on pool: WorkerPool) -> SampleBatch {
        SampleBatch(
            inputs: inputs.map { $0.batch(indices, on: pool) }, targets: targets.map { $0.batch(indices, on: pool) },
            weights: sampleWeights.map { weights in indices.map { weights[$0] } })
    }
}

/// The tensors of a few samples.
package struct SampleBatch {
    package var inputs: [Tensor]
    package var targets: [Tensor]
    package var weights: [Float]?

    package init(inputs: [Tensor], targets: [Tensor], weights: [Float]?) {
        (self.inputs, self.targets, self.weights) = (inputs, targets, weights)
    }

    var count: Int { inputs[0].shape[0] }
}

/// Numbers of classes as rows with a one at that place: `keras.utils.to_categorical`.
///
/// - Throws: ``DataError`` where a number is not one of the classes, and where the rows are larger than ``DataLimits``
///   allow.
public func oneHot(_ numbers: [Int], classes: Int) throws(DataError) -> Samples {
    var budget = DataBudget()
    try budget.charge(
        numbers.count, of: max(0, classes), for: "\(numbers.count) rows of \(classes) have", of: "targets")
    var bytes = [UInt8](repeating: 0, count: numbers.count * classes)
    for (position, number) in numbers.enumerated() {
        guard number >= 0 && number < classes else {
            throw .unfit("target \(position) is class \(number), expected one of 0 to \(classes - 1)")
        }
        bytes[position * classes + number] = 1
    }
    return Samples(bytes: bytes, shape: [numbers.count, classes], divisor: 1)
}
