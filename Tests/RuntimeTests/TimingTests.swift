import Runtime
import Testing

@Suite struct TimingTests {
    @Test func ranksItsRuns() {
        let timing = Timing(runs: [5, 1, 4, 2, 3].map { Duration.milliseconds($0) })
        #expect(timing.median == .milliseconds(3))
        #expect(timing.quantile(0) == .milliseconds(1))
        #expect(timing.quantile(0.9) == .milliseconds(5))
        #expect(Timing(runs: [.seconds(2), .seconds(1)]).median == .seconds(1))
        #expect(abs(timing.perSecond(6) - 2000) < 1e-9)
    }

    @Test func runsOnceToWarmUpAndThreeTimesAtLeast() {
        var calls = 0
        let timing = Timing.measure(for: .zero) { calls += 1 }
        #expect(calls == 4)
        #expect(timing.runs.count == 3)
    }

    @Test func knowsThatAProcessTakesMemory() {
        let before = ProcessMemory.peak
        let block = [UInt8](repeating: 1, count: 64 << 20)
        #expect(before > 1 << 20)
        #expect(ProcessMemory.peak >= block.count)
    }
}
