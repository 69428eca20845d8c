import Networks
import Testing
import Training

@Suite struct ScheduleTests {
    struct Golden: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            var className: String
            var config: StoredOptions
            var rates: [Float]
            var testDescription: String { className }
        }

        var steps: [Int]
        var cases: [Case]
    }

    static let golden: Golden? = try? trainingFixture("schedules")

    @Test(arguments: golden?.cases ?? [])
    func givesTheRatesOfKeras(_ expected: Golden.Case) throws {
        let golden = try #require(Self.golden)
        let object: Options = [
            "class_name": .string(expected.className), "config": .object(expected.config.options),
        ]
        let sgd = try OptimizerRegistry.standard.optimizer(
            className: "SGD", options: ["learning_rate": .object(object)])
        guard case .schedule(let schedule) = sgd.settings.learningRate else {
            Issue.record("the learning rate is not a schedule")
            return
        }
        #expect(gap(golden.steps.map { schedule(step: $0) }, expected.rates) < 1)
        #expect((expected.rates.max() ?? 0) <= Float(schedule.peak) * 1.000001, "the peak is the highest")
        #expect(Set(schedule.options.names) == Set(expected.config.options.names))
    }

    @Test func goldenNumbersAreThere() throws {
        let golden: Golden = try trainingFixture("schedules")
        #expect(Set(golden.cases.map(\.className)) == Set(ScheduleRegistry.standard.names))
    }
}
