import ArgumentParser
import KerasBridge

/// How the learning rate and the optimizer go over a run.
struct ScheduleOptions: ParsableArguments {
    @Option(help: "The learning rate: 1.0 for adadelta, else Keras' default or the file's; the highest of a schedule.")
    var learningRate: Double?

    @Option(
        help: ArgumentHelp(
            "How the rate goes over the run: cosine (falls to 0), one-cycle (rises for 30 %, falls), exponential[=FACTOR "
                + "per epoch] (falls to 1/100), piecewise[=EPOCH:RATE,…] (a tenth after 1/2 and 3/4). Written into the "
                + "file as Keras' own schedule: exponential after a warm-up, for which Keras has no class, goes in "
                + "stairs, as its PiecewiseConstantDecay.",
            valueName: "course"),
        transform: course)
    var learningRateSchedule: RunSchedule.Course?

    @Option(help: "Let the rate rise from 0 over so many epochs first; parts of an epoch count too.")
    var warmupEpochs: Double?

    @Option(help: "Shrink weights by this times the learning rate each step, as the optimizer's weight_decay.")
    var weightDecay: Double?

    @Option(
        help: ArgumentHelp(
            "Average the weights over steps with this momentum (0.99, 0.999): Keras' use_ema with SwapEMAWeights. The "
                + "averages are what is validated, kept as best, saved and measured on the test part.",
            valueName: "momentum"))
    var ema: Double?

    func validate() throws {
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate expects a number above 0, found \(learningRate)")
        }
        if let warmupEpochs, !(warmupEpochs >= 0 && warmupEpochs.isFinite) {
            throw ValidationError("--warmup-epochs expects a number of at least 0, found \(warmupEpochs)")
        }
        if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
            throw ValidationError("--weight-decay expects a number of at least 0, found \(weightDecay)")
        }
        if let ema, !(ema > 0 && ema < 1) {
            throw ValidationError("--ema expects a momentum between 0 and 1, such as 0.999, found \(ema)")
        }
    }

    /// The schedule that is asked for, if any is.
    var schedule: RunSchedule? {
        guard learningRateSchedule != nil || (warmupEpochs ?? 0) > 0 else { return nil }
        return RunSchedule(learningRateSchedule ?? .constant, warmupEpochs: warmupEpochs)
    }

    /// Whether the optimizer is to be another than one without these options.
    var changesOptimizer: Bool { schedule != nil || weightDecay != nil || ema != nil }

    /// Sets an optimizer up for a run of this length.
    func configure(_ optimizer: inout any Optimizer, epochs: Int, batches: Int) {
        var peak = learningRate
        if peak == nil, case .constant(let rate) = optimizer.settings.learningRate { peak = rate }
        if let schedule {
            let peak = peak ?? Double(optimizer.currentLearningRate(OptimizerState()))
            optimizer.settings.learningRate = schedule.learningRate(peak: peak, epochs: epochs, batches: batches)
        } else if let peak {
            optimizer.settings.learningRate = .constant(peak)
        }
        if let weightDecay { optimizer.settings.weightDecay = weightDecay }
        if let ema {
            optimizer.settings.useEMA = true
            optimizer.settings.emaMomentum = ema
        }
    }
}

@Sendable private func course(_ text: String) throws -> RunSchedule.Course {
    guard let course = RunSchedule.Course(text) else {
        throw ValidationError("--learning-rate-schedule expects \(RunSchedule.Course.expected), found \(text)")
    }
    return course
}
