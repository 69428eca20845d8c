import Networks
import Testing
import Training

@Suite struct RunScheduleTests {
    /// The rate before each of these steps, whoever sets it.
    private func rates(_ text: String, warmup: Double? = nil, peak: Double = 0.1, _ steps: [Int]) throws -> [Float] {
        let course = try #require(RunSchedule.Course(text))
        let made = RunSchedule(course, warmupEpochs: warmup).learningRate(peak: peak, epochs: 10, batches: 20)
        let model = try Model.sequential(name: "m", inputShape: [1], [("dense", Dense(units: 1))], seed: 1)
        var trainer = Trainer(model, optimizer: SGD(learningRate: made.rate), loss: MeanSquaredError(), metrics: [])
        return steps.map { step in
            trainer.state.optimizer.iterations = step
            made.callback?.onEpochBegin(step / 20, &trainer)
            return trainer.learningRate
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
            ("exponential=0.5", 1, [0, 0.1, 0.0001953125]),
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

    @Test func rateChangesWithTheFirstStepOfTheEpoch() throws {
        #expect(try rates("piecewise=1:0.01", [19, 20]) == [0.1, 0.01])
    }

    @Test(arguments: [
        "", "cosines", "exponential=0", "exponential=2", "piecewise=", "piecewise=1", "piecewise=1:x", "cosine=1",
    ])
    func refusesWhatItDoesNotKnow(_ text: String) { #expect(RunSchedule.Course(text) == nil) }
}
