import Networks
import Runtime
import Tensors

/// Trains a model: `keras.Model.compile`, `fit` and `evaluate`.
///
///     var trainer = Trainer(model, optimizer: Adam(), loss: CategoricalCrossentropy())
///     let history = try trainer.fit(data, epochs: 12, batchSize: 128, validation: test)
///     let trained = trainer.model
///
/// A trainer is a value: a copy is a checkpoint in memory. The same seed and data give the same weights, bit for bit,
/// for any number of threads.
public struct Trainer: Sendable {
    /// The model and its weights.
    public var session: Session
    /// How a step changes the weights.
    ///
    /// Its learning rate is only the first one: ``learningRate`` is the one in force.
    public let optimizer: any Optimizer
    /// A loss for each output, how much each counts, and their metrics.
    public let objective: Objective
    /// All that is remembered besides the weights.
    public var state: TrainingState
    /// Ends `fit` after the epoch at hand; callbacks set it.
    public var stopsTraining = false
    /// What is allowed but probably not meant, in the order in which it was seen.
    public internal(set) var warnings: [TrainingWarning] = []

    /// A trainer of a model with one output.
    ///
    /// - Parameters:
    ///   - weightedMetrics: metrics that take account of sample weights, as the others do not.
    ///   - seed: where shuffling and dropout draw from.
    ///   - pool: the threads that share the work; all cores by default.
    public init(
        _ model: Model, optimizer: any Optimizer, loss: any Loss, metrics: [MetricChoice] = [.accuracy],
        weightedMetrics: [MetricChoice] = [], seed: UInt64 = 0, pool: WorkerPool = .shared
    ) {
        let output = Objective.Output(loss: loss, metrics: metrics, weightedMetrics: weightedMetrics)
        self.init(model, optimizer: optimizer, objective: Objective([output]), seed: seed, pool: pool)
    }

    /// A trainer of a model with any number of outputs.
    public init(
        _ model: Model, optimizer: any Optimizer, objective: Objective, seed: UInt64 = 0, pool: WorkerPool = .shared
    ) {
        session = Session(model, pool: pool)
        let optimizer = optimizer.knowing(paths: model.trainablePaths)
        self.optimizer = optimizer
        self.objective = objective
        let weights = model.trainableWeights.map { model[$0] }
        state = TrainingState(seed: seed, optimizer: optimizer.initialState(for: weights))
        if optimizer is Adadelta, case .constant(let rate) = optimizer.settings.learningRate, rate <= 0.01 {
            warnings.append(.slowAdadelta(learningRate: rate))
        }
    }

    /// The model with its weights as they are now.
    public var model: Model { session.model }

    /// The learning rate of the next step.
    ///
    /// Setting it has no effect where a schedule gives it, or where each of several optimizers has its own.
    public var learningRate: Float {
        get { optimizer.currentLearningRate(state.optimizer) }
        set { if state.optimizer.learningRate != nil { state.optimizer.learningRate = newValue } }
    }

    /// The optimizer with the learning rate in force, as it belongs into a file.
    public var currentOptimizer: any Optimizer { optimizer.current(in: state.optimizer) }

    /// Trains until `epochs` epochs are finished, those of earlier calls and of a resumed state included.
    ///
    /// - Parameters:
    ///   - validation: what each epoch ends with measuring on.
    ///   - validationSplit: instead, the fraction at the end of the data that is kept for that.
    ///   - shuffle: whether each epoch takes the samples in another order.
    ///   - classWeights: how much the samples of a class count; 1 for classes that are not named.
    ///   - augmentation: how the images of each epoch are changed; those to validate on stay as they are.
    ///   - mixUp: mixes the samples of each batch two by two.
    ///   - callbacks: told of every step, in this order.
    ///   - cancellation: ends the run after the batch at hand, with all state kept.
    public mutating func fit(
        _ data: Dataset, epochs: Int, batchSize: Int = 32, validation: Dataset? = nil, validationSplit: Double = 0,
        shuffle: Bool = true, classWeights: [Int: Float] = [:], augmentation: Augmentation? = nil, mixUp: MixUp? = nil,
        callbacks: [any Callback] = [], cancellation: Cancellation? = nil
    ) throws(TrainingError) -> History {
        var (data, validation) = (data, validation)
        do {
            if validationSplit != 0 { (data, validation) = try data.split(validation: validationSplit) }
            try data.check(augmentation)
        } catch {
            throw .data(error)
        }
        let batchSize = try checkedBatchSize(batchSize, for: data)
        try check(data)
        if mixUp != nil { try checkMixUp() }
        if let validation { try check(validation) }
        data = data.weighting(classWeights)

        let batches = (data.count + batchSize - 1) / batchSize
        let plan = FitPlan(epochs: epochs, batches: batches, samples: data.count, batchSize: batchSize)
        var history = History()
        stopsTraining = false
        try tell(callbacks) { try $0.onTrainBegin(plan, &self) }
        while state.epoch < epochs && !stopsTraining {
            let epoch = state.epoch
            if state.isSwapped { swapAverages() }
            try tell(callbacks) { try $0.onEpochBegin(epoch, &self) }
            let order = sampleOrder(epoch, data.count, shuffle: shuffle)
            var tally = objective.tally(session.model)
            tally.sums = state.batch == 0 ? [] : state.sums

            for number in state.batch..<max(state.batch, batches) {
                let indices = order[(number * batchSize)..<min(order.count, (number + 1) * batchSize)]
                var batch =
                    augmentation.map {
                        data.batch(indices, $0, seed: state.seed, epoch: epoch, on: session.pool)
                    } ?? data.batch(indices, on: session.pool)
                mixUp?.apply(to: &batch, seed: state.seed, epoch: epoch, batch: number, on: session.pool)
                do {
                    try step(batch, &tally)
                } catch .notFinite(let loss, let epoch, let batch, let number) {
                    var isHandled = false
                    try tell(callbacks) { isHandled = try $0.onLossNotFinite(loss, &self) || isHandled }
                    guard isHandled else { throw .notFinite(loss: loss, epoch: epoch, batch: batch, step: number) }
                    break
                }
                state.batch = number + 1
                state.sums = tally.sums
                let logs = tally.logs
                try tell(callbacks) { try $0.onBatchEnd(number, logs, &self) }
                // An epoch whose batches are done is brought to its end.
                if cancellation?.isCancelled == true && number + 1 < batches {
                    history.end = .cancelled
                    return history
                }
                if stopsTraining { break }
            }

            var logs = tally.logs
            if let validation {
                try tell(callbacks) { try $0.onTestBegin(&self) }
                logs.merge(try measure(validation, batchSize).prefixed("val_"))
                try tell(callbacks) { try $0.onTestEnd(&self) }
            }
            (state.epoch, state.batch, state.sums) = (epoch + 1, 0, [])
            try tell(callbacks) { try $0.onEpochEnd(epoch, &logs, &self) }
            history.epochs.append(epoch)
            history.logs.append(logs)
            if cancellation?.isCancelled == true && state.epoch < epochs {
                history.end = .cancelled
                return history
            }
        }
        if stopsTraining { history.end = .stopped }
        finishAverages()
        let last = history.logs.last ?? Logs()
        try tell(callbacks) { try $0.onTrainEnd(last, &self) }
        return history
    }

    /// Trains on one batch and gives its loss and metrics: `keras.Model.train_on_batch`.
    public mutating func trainOnBatch(
        _ inputs: [Tensor], _ targets: [Tensor], sampleWeights: [Float]? = nil
    ) throws(TrainingError) -> Logs {
        var tally = objective.tally(session.model)
        try step(SampleBatch(inputs: inputs, targets: targets, weights: sampleWeights), &tally)
        return tally.logs
    }

    /// The loss and the metrics on a data set: `keras.Model.evaluate`.
    ///
    /// - Parameter onBatchEnd: told after each batch, with the means so far.
    public func evaluate(
        _ data: Dataset, batchSize: Int = 32, onBatchEnd: ((_ batch: Int, _ logs: Logs) -> Void)? = nil
    ) throws(TrainingError) -> Logs {
        let batchSize = try checkedBatchSize(batchSize, for: data)
        try check(data)
        return try measure(data, batchSize) { range, _, logs in onBatchEnd?(range.lowerBound / batchSize, logs) }
    }

    // MARK: One step

    /// Forward, loss, backward, update.
    private mutating func step(_ batch: SampleBatch, _ tally: inout Objective.Tally) throws(TrainingError) {
        try checkRegularizers()
        let random = Random(seed: state.seed).stream(1).stream(UInt64(state.optimizer.iterations))
        let run = try forward(batch.inputs, .training, random, in: session)
        let predictions = run.predictions
        let targets = try objective.targets(batch.targets, for: predictions, session.model)

        let losses = objective.losses(targets, predictions, batch.weights, on: session.pool)
        let loss = objective.sum(losses) + session.model.regularizationLoss + run.activityLoss
        guard loss.isFinite else {
            throw .notFinite(loss: loss, epoch: state.epoch, batch: state.batch, step: state.optimizer.iterations)
        }
        tally.add(loss, losses, targets, predictions, batch.weights, on: session.pool)

        let scale = optimizer.lossScale(state.optimizer)
        let start = objective.gradients(targets, predictions, batch.weights, scale: scale, on: session.pool)
        var gradients = session.backward(run, start, activityScale: scale)
        session.model.addRegularizerGradients(to: &gradients, scale: scale, on: session.pool)

        optimizer.apply(gradients, &state.optimizer, on: session.pool) { session.updateWeights($0) }
        session.constrainWeights()
        session.applyUpdates(of: run)
    }

    /// Measures on all samples, and shows each batch's predictions and the means so far.
    func measure(
        _ data: Dataset, _ batchSize: Int, _ visit: ((Range<Int>, [Prediction], Logs) -> Void)? = nil
    ) throws(TrainingError) -> Logs {
        var tally = objective.tally(session.model)
        var session = session  // moves on from batch to batch where layers keep states
        for start in stride(from: 0, to: data.count, by: batchSize) {
            let range = start..<min(data.count, start + batchSize)
            let batch = data.batch(range, on: session.pool)
            let run = try forward(batch.inputs, .inference, Random(seed: 0), in: session)
            session.keepStates(of: run)
            let predictions = run.predictions
            let targets = try objective.targets(batch.targets, for: predictions, session.model)
            let losses = objective.losses(targets, predictions, batch.weights, on: session.pool)
            let loss = objective.sum(losses) + session.model.regularizationLoss + run.activityLoss
            tally.add(loss, losses, targets, predictions, batch.weights, on: session.pool)
            visit?(range, predictions, tally.logs)
        }
        return tally.logs
    }

    private func forward(
        _ inputs: [Tensor], _ mode: Mode, _ random: Random, in session: Session
    ) throws(TrainingError) -> Run {
        do {
            return try session.forward(inputs, mode: mode, random: random)
        } catch {
            throw .input(error)
        }
    }

    /// The order in which an epoch takes the samples.
    private func sampleOrder(_ epoch: Int, _ count: Int, shuffle: Bool) -> [Int] {
        shuffle ? Random(seed: state.seed).stream(2).stream(UInt64(epoch)).permutation(count) : Array(0..<count)
    }

    /// Makes the averages of the weights the weights, where they are kept.
    private mutating func finishAverages() {
        guard state.optimizer.iterations > 0 else { return }
        if state.isSwapped {
            state.optimizer.averages = session.model.trainableWeights.map { session.model[$0] }
            state.isSwapped = false
            return
        }
        let averages = optimizer.averages(in: state.optimizer, of: session.model.trainableWeights.count)
        guard !averages.isEmpty else { return }
        session.updateWeights { position, weight in
            if let average = averages[position] { weight = average }
        }
    }

    /// Lets the weights and their averages change places, where averages are kept and a step has been made.
    public mutating func swapAverages() {
        guard !state.optimizer.averages.isEmpty, state.optimizer.iterations > 0 else { return }
        var averages = state.optimizer.averages
        session.updateWeights { position, weight in swap(&weight, &averages[position]) }
        state.optimizer.averages = averages
        state.isSwapped.toggle()
    }
}

/// Tells callbacks one after another what happened; what one throws ends the run under its name.
private func tell(_ callbacks: [any Callback], _ event: (any Callback) throws -> Void) throws(TrainingError) {
    for callback in callbacks {
        do {
            try event(callback)
        } catch let error as TrainingError {
            throw error
        } catch {
            throw .callback("\(type(of: callback))", error)
        }
    }
}
