/// How the learning rate goes over a whole run, in epochs: what becomes one of Keras' schedules for a certain number of steps.
///
///     let rate = RunSchedule(.cosine, warmupEpochs: 1).learningRate(peak: 0.01, epochs: 12, batches: 469)
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
    /// - Returns: what the optimizer gets: a class of Keras, whatever the course, so that files hold all of it. Keras knows a
    ///   warm-up only before a cosine; before the others it becomes a ``PiecewiseConstantDecay`` of at most 100 stairs, and
    ///   what follows it another 100.
    public func learningRate(peak: Double, epochs: Int, batches: Int) -> LearningRate {
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
            return warmup > 0 ? wave(from: 0, alpha: 1, warmup) : .constant(peak)
        case .cosine:
            return wave(from: 0, alpha: 0, warmup)
        case .oneCycle:
            let rise = warmupEpochs == nil ? (0.3 * total).rounded() : warmup
            return wave(from: peak / 25, alpha: 1e-4, rise)
        case .exponential(let factor):
            let decay =
                factor.map { ExponentialDecay(initialLearningRate: peak, decaySteps: Double(batches), decayRate: $0) }
                ?? ExponentialDecay(initialLearningRate: peak, decaySteps: rest, decayRate: 0.01)
            guard warmup > 0 else { return .schedule(decay) }
            let rise = Self.stairs(0..<warmup) { peak * $0 / warmup }
            let fall = Self.stairs(warmup..<total) { step in
                peak * Double(power(Float(decay.decayRate), Float((step - warmup) / decay.decaySteps)))
            }
            return Self.piecewise(rise + fall)
        case .piecewise(let changes):
            let half = Double(epochs) / 2
            let changes =
                changes.isEmpty
                ? [Change(epoch: half, rate: peak / 10), Change(epoch: half * 1.5, rate: peak / 100)]
                : changes.sorted { $0.epoch < $1.epoch }
            let constant = ([Change(epoch: 0, rate: peak)] + changes).map {
                (start: ($0.epoch * Double(batches)).rounded(), rate: $0.rate)
            }
            let rise = Self.stairs(0..<warmup) { peak * $0 / warmup }
            let current = constant.last { $0.start <= warmup }?.rate ?? peak
            return Self.piecewise(
                rise + [(start: warmup, rate: current)] + constant.filter { $0.start > warmup })
        }
    }

    /// The most stairs that stand for a slope: Keras compares the step with each boundary in each step.
    private static let mostStairs = 100.0

    /// Stairs as long as each other, each as high as the slope in its middle.
    private static func stairs(
        _ steps: Range<Double>, _ slope: (_ step: Double) -> Double
    ) -> [(start: Double, rate: Double)] {
        let length = steps.upperBound - steps.lowerBound
        let count = min(length, mostStairs)
        let starts = (0...Int(count)).map { steps.lowerBound + (Double($0) * length / count).rounded() }
        return zip(starts, starts.dropFirst()).map { start, next in (start, slope((start + next - 1) / 2)) }
    }

    /// A rate for each start of a part; the first starts at 0.
    private static func piecewise(_ parts: [(start: Double, rate: Double)]) -> LearningRate {
        // Keras' boundary still belongs to what was before it.
        .schedule(
            PiecewiseConstantDecay(boundaries: parts.dropFirst().map { $0.start - 1 }, values: parts.map(\.rate)))
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
