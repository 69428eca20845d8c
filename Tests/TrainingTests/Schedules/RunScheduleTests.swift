import Foundation
import Testing
import Training

@Suite struct RunScheduleTests {
    /// The rate before each of these steps of a run of 10 epochs.
    private func rates(
        _ text: String, warmup: Double? = nil, peak: Double = 0.1, batches: Int = 20, _ steps: [Int]
    ) throws -> [Float] {
        let course = try #require(RunSchedule.Course(text))
        let made = RunSchedule(course, warmupEpochs: warmup).learningRate(peak: peak, epochs: 10, batches: batches)
        switch made {
        case .constant(let rate): return steps.map { _ in Float(rate) }
        case .schedule(let schedule): return steps.map { schedule(step: $0) }
        }
    }

    @Test(
        arguments: [
            ("constant", nil, [0.1, 0.1, 0.1]),
            ("constant", 1, [0, 0.1, 0.1]),
            ("cosine", nil, [0.1, 0.0975528, 0]),
            ("cosine", 1, [0, 0.1, 0]),
            ("one-cycle", nil, [0.004, 0.036, 0.00001]),
            ("one-cycle", 1, [0.004, 0.1, 0.00001]),
            ("exponential", nil, [0.1, 0.063095734, 0.001]),
            ("exponential=0.5", nil, [0.1, 0.05, 0.00009765625]),
            ("exponential=0.5", 1, [0, 0.09828206, 0.0002057271]),
            ("piecewise=1:0.01,5:0.001", nil, [0.1, 0.01, 0.001]),
            ("piecewise=2:0.01", 1, [0, 0.1, 0.01]),
            ("piecewise", nil, [0.1, 0.1, 0.001]),
        ] as [(String, Double?, [Double])])
    func givesTheseRatesAtTheStartAfterOneEpochAndAtTheEnd(
        _ text: String, _ warmup: Double?, _ expected: [Double]
    ) throws {
        let found = try rates(text, warmup: warmup, [0, 20, 200])
        for (found, expected) in zip(found, expected) {
            #expect(abs(Double(found) - expected) < 1e-7, "\(text): \(found), expected \(expected)")
        }
    }

    /// After a warm-up a slope goes in stairs, which Keras has a class for: each step's rate is close to the slope's.
    @Test func stairsFollowTheSlope() throws {
        let (batches, warmup) = (300, 600)
        let found = try rates("exponential", warmup: 2, batches: batches, Array(0..<3000))
        for (step, rate) in found.enumerated() {
            let slope =
                step < warmup
                ? 0.1 * Double(step) / Double(warmup)
                : 0.1 * pow(0.01, Double(step - warmup) / Double(3000 - warmup))
            #expect(abs(Double(rate) - slope) <= (step < warmup ? 0.0005 : 0.025 * slope), "step \(step)")
        }
        #expect(Set(found).count == 200)
    }

    /// Up to a hundred steps of a warm-up have a rate each.
    @Test func aShortWarmUpIsExact() throws {
        let found = try rates("piecewise=2:0.01", warmup: 1, Array(0..<60))
        for (step, rate) in found.enumerated() {
            #expect(rate == (step < 20 ? Float(0.1 * Double(step) / 20) : step < 40 ? 0.1 : 0.01), "step \(step)")
        }
    }

    @Test func rateChangesWithTheFirstStepOfTheEpoch() throws {
        #expect(try rates("piecewise=1:0.01", [19, 20]) == [0.1, 0.01])
    }

    @Test(arguments: [
        "", "cosines", "exponential=0", "exponential=2", "piecewise=", "piecewise=1", "piecewise=1:x", "cosine=1",
    ])
    func refusesWhatItDoesNotKnow(_ text: String) { #expect(RunSchedule.Course(text) == nil) }
}
