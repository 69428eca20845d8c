/// How long a piece of work takes: every run measured, for medians rather than lucky or unlucky moments.
public struct Timing: Sendable {
    /// Every measured run, shortest first; at least one.
    public let runs: [Duration]

    /// - Precondition: at least one run.
    public init(runs: [Duration]) {
        precondition(!runs.isEmpty, "a timing needs at least one run")
        self.runs = runs.sorted()
    }

    /// Runs the work once to warm up, then over and over, at least three times, until so much time has gone.
    public static func measure<Failure: Error>(
        for time: Duration, _ work: () throws(Failure) -> Void
    ) throws(Failure) -> Timing {
        let clock = ContinuousClock()
        try work()
        var runs: [Duration] = []
        let end = clock.now + time
        repeat {
            let start = clock.now
            try work()
            runs.append(clock.now - start)
        } while runs.count < 3 || clock.now < end
        return Timing(runs: runs)
    }

    /// The run that as many runs undercut as exceed; the lower one of two.
    public var median: Duration { quantile(0.5) }

    /// The shortest run that is as long as this fraction of all runs or longer.
    public func quantile(_ fraction: Double) -> Duration {
        let rank = (fraction * Double(runs.count)).rounded(.up)
        return runs[min(runs.count, max(1, Int(rank))) - 1]
    }

    /// How many of `count` things, done in each run, the median run does in a second.
    public func perSecond(_ count: Int) -> Double { Double(count) / median.inSeconds }
}

extension Duration {
    /// The duration as a number of seconds.
    public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
