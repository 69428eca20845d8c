/// How the learning rate goes over a whole run, in epochs: what becomes one of Keras' schedules for a certain number of steps.
///
///     let (rate, callback) = RunSchedule(.cosine, warmupEpochs: 1).learningRate(peak: 0.01, epochs: 12, batches: 469)
public struct RunSchedule: Sendable, Hashable {
    public enum Course: Sendable, Hashable {
        case constant
        /// Falls to zero along half a wave: ``CosineDecay``.
        case cosine
        /// Shrinks evenly, each epoch by this factor, or to a hundredth over the whole run: ``ExponentialDecay``.
        case exponential(perEpoch: Double?)
        /// Changes to a rate when so many epochs are done; empty for a tenth after a half and again after three quarters of
        /// the run: ``PiecewiseConstantDecay``.
        case piecewise([Change])
        /// Rises from a 25th during the warm-up (30 % of the run), then falls along half a wave to a 10,000th (Smith, 2018):
        /// ``CosineDecay`` too. Momentum stays as it is.
        case oneCycle
    }

    /// A learning rate that holds when so many epochs are done.
    public struct Change: Sendable, Hashable {
        public var epoch: Double
        public var rate: Double

        public init(epoch: Double, rate: Double) {
            self.epoch = epoch
            self.rate = rate
        }
    }

    public var course: Course
    /// How many epochs the rate rises evenly to its peak before that; `nil` for none, or the course's own.
    public var warmupEpochs: Double?

    public init(_ course: Course, warmupEpochs: Double? = nil) {
        self.course = course
        self.warmupEpochs = warmupEpochs
    }

    /// The schedule for a run of this length.
    ///
    /// - Parameters:
    ///   - peak: the highest rate.
    ///   - epochs: how many epochs the run has.
    ///   - batches: how many steps an epoch has.
    /// - Returns: what the optimizer gets; and where Keras has no class for it, a callback that sets the rate before each
    ///   step.
    public func learningRate(
        peak: Double, epochs: Int, batches: Int
    ) -> (rate: LearningRate, callback: LearningRateScheduler?) {
        let total = Double(epochs * batches)
        let warmup = min(total - 1, ((warmupEpochs ?? 0) * Double(batches)).rounded())
        let rest = max(1, total - warmup)
        func wave(from first: Double, alpha: Double, _ warmup: Double) -> LearningRate {
            .schedule(
                CosineDecay(
                    initialLearningRate: warmup > 0 ? first : peak, decaySteps: max(1, total - warmup), alpha: alpha,
                    warmupTarget: warmup > 0 ? peak : nil, warmupSteps: warmup))
        }
        switch course {
        case .constant:
            return (warmup > 0 ? wave(from: 0, alpha: 1, warmup) : .constant(peak), nil)
        case .cosine:
            return (wave(from: 0, alpha: 0, warmup), nil)
        case .oneCycle:
            let rise = warmupEpochs == nil ? (0.3 * total).rounded() : warmup
            return (wave(from: peak / 25, alpha: 1e-4, rise), nil)
        case .exponential(let factor):
            let decay =
                factor.map { ExponentialDecay(initialLearningRate: peak, decaySteps: Double(batches), decayRate: $0) }
                ?? ExponentialDecay(initialLearningRate: peak, decaySteps: rest, decayRate: 0.01)
            return warming(decay, peak, warmup)
        case .piecewise(let changes):
            let half = Double(epochs) / 2
            let changes =
                changes.isEmpty
                ? [Change(epoch: half, rate: peak / 10), Change(epoch: half * 1.5, rate: peak / 100)]
                : changes.sorted { $0.epoch < $1.epoch }
            // Keras' boundary still belongs to what was before it.
            let decay = PiecewiseConstantDecay(
                boundaries: changes.map { max(0, ($0.epoch * Double(batches)).rounded() - 1) },
                values: [peak] + changes.map(\.rate))
            return warming(decay, peak, warmup, isShifted: false)
        }
    }

    /// A schedule after a warm-up, which Keras knows only with a cosine: there a callback has to do it.
    private func warming(
        _ schedule: any LearningRateSchedule, _ peak: Double, _ warmup: Double, isShifted: Bool = true
    ) -> (rate: LearningRate, callback: LearningRateScheduler?) {
        guard warmup > 0 else { return (.schedule(schedule), nil) }
        let callback = LearningRateScheduler { step in
            if Double(step) < warmup { return peak * Double(step) / warmup }
            return Double(schedule(step: isShifted ? step - Int(warmup) : step))
        }
        return (.constant(0), callback)
    }
}

extension RunSchedule.Course {
    /// What a text may be.
    public static let expected = "constant, cosine, one-cycle, exponential[=FACTOR] or piecewise[=EPOCH:RATE,…]"

    /// Reads `cosine`, `one-cycle`, `exponential`, `exponential=0.9`, `piecewise`, `piecewise=6:0.01,9:0.001`.
    public init?(_ text: String) {
        let words = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (words[0], words.count) {
        case ("constant", 1): self = .constant
        case ("cosine", 1): self = .cosine
        case ("one-cycle", 1): self = .oneCycle
        case ("exponential", 1): self = .exponential(perEpoch: nil)
        case ("piecewise", 1): self = .piecewise([])
        case ("exponential", _):
            guard let factor = Double(words[1]), factor > 0, factor <= 1 else { return nil }
            self = .exponential(perEpoch: factor)
        case ("piecewise", _):
            var changes: [RunSchedule.Change] = []
            for part in words[1].split(separator: ",", omittingEmptySubsequences: false) {
                let numbers = part.split(separator: ":").compactMap { Double($0) }
                guard numbers.count == 2, numbers[0] > 0, numbers[1] >= 0, numbers.allSatisfy(\.isFinite) else {
                    return nil
                }
                changes.append(RunSchedule.Change(epoch: numbers[0], rate: numbers[1]))
            }
            self = .piecewise(changes)
        default: return nil
        }
    }
}
