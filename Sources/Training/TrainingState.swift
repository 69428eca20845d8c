import Networks

/// All that a training run remembers besides the model's weights, as data.
///
/// A run that is stopped after any batch and resumed from its weights and this state computes the same bits as one that
/// never stopped: random numbers are functions of `seed`, the epoch and the step.
public struct TrainingState: Sendable, Equatable {
    /// Where shuffling and dropout draw from.
    public var seed: UInt64
    /// How many epochs are finished.
    public var epoch = 0
    /// How many batches of the epoch after them are done.
    public var batch = 0
    /// The sums of that epoch's loss and metrics.
    public var sums: [[Double]] = []
    public var optimizer: OptimizerState
    /// Whether weights and their averages have changed places, as ``SwapEMAWeights`` makes them.
    public var isSwapped = false

    public init(seed: UInt64, optimizer: OptimizerState) {
        self.seed = seed
        self.optimizer = optimizer
    }

    /// Everything but the optimizer's variables, for who writes the state to a file.
    public var options: Options {
        var options: Options = [
            "seed": .string(String(seed)), "epoch": .int(epoch), "batch": .int(batch),
            "sums": .array(sums.map { .array($0.map { .double($0) }) }),
        ]
        if isSwapped { options["averages_swapped"] = true }
        return options
    }

    /// Reads back what ``options`` gave.
    public init(from options: inout OptionReader, optimizer: OptimizerState) throws(OptionError) {
        seed = try options.required("seed", "a whole number as a string") { value in value.string.flatMap { UInt64($0) }
        }
        epoch = try options.count("epoch", atLeast: 0) ?? 0
        batch = try options.count("batch", atLeast: 0) ?? 0
        sums =
            try options.optional("sums", "lists of numbers") { value in
                value.array.map { $0.map { ($0.array ?? []).compactMap(\.double) } }
            } ?? []
        self.optimizer = optimizer
        isSwapped = try options.bool("averages_swapped", default: false) && !optimizer.averages.isEmpty
    }
}

extension TrainingState {
    /// The state of a run whose weights and optimizer were saved, and nothing else: the optimizer's steps tell the rest.
    ///
    /// - Parameters:
    ///   - seed: the run's own; another one gives another order of samples.
    ///   - samples: how many samples an epoch has, those kept for validation left out.
    public init(resuming optimizer: OptimizerState, seed: UInt64, samples: Int, batchSize: Int) {
        self.init(seed: seed, optimizer: optimizer)
        let size = min(max(1, batchSize), max(1, samples))
        let batches = max(1, (samples + size - 1) / size)
        (epoch, batch) = optimizer.iterations.quotientAndRemainder(dividingBy: batches)
    }
}

extension Dataset {
    /// How many samples an epoch has where this fraction is kept for validation.
    public func trainingCount(_ validationSplit: Double) throws(DataError) -> Int {
        validationSplit == 0 ? count : try split(validation: validationSplit).training.count
    }
}
