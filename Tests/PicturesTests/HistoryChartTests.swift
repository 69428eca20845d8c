import Pictures
import Testing
import Training

@Suite struct HistoryChartTests {
    private func logs(_ epoch: Int, rate: Double = 0.1) -> Logs {
        Logs([
            ("loss", 1 / Double(epoch + 1)), ("accuracy", 0.9 + 0.01 * Double(epoch)), ("val_loss", 0.5),
            ("val_accuracy", 0.95), ("learning_rate", rate),
        ])
    }

    @Test func trainingAndValidationShareAPanel() {
        let chart = HistoryChart(title: "run", epochs: [0, 1, 2], logs: (0..<3).map { logs($0) })
        let svg = chart.drawing.svg
        #expect(svg.contains(">loss<") && svg.contains(">accuracy<"))
        #expect(!svg.contains("val_loss"))
        #expect(svg.contains(">training 0.3333<") && svg.contains(">validation 0.5000<"))
        #expect(!svg.contains("learning rate"), "a rate that never changes tells nothing")
        let falling = HistoryChart(title: "run", epochs: [0, 1], logs: [logs(0), logs(1, rate: 0.05)])
        #expect(falling.drawing.svg.contains(">learning rate<"))
        #expect(falling.drawing.height > chart.drawing.height)
    }

    @Test func nothingAndOneEpochAndNaNAreDrawnToo() {
        #expect(HistoryChart(title: "run", epochs: [], logs: []).drawing.svg.contains("no epoch was finished"))
        let one = HistoryChart(title: "run", epochs: [4], logs: [Logs([("loss", 0)])]).drawing
        #expect(one.svg.contains(">5<"))
        #expect(!one.svg.contains("nan"))
        let broken = HistoryChart(title: "run", epochs: [0, 1], logs: [Logs([("loss", .nan)]), Logs([("loss", 2)])])
        #expect(!broken.drawing.svg.contains("nan"))
    }

    @Test(arguments: [
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.013, 0.021, ["0.012", "0.014", "0.016", "0.018", "0.020", "0.022"]),
        (95.2, 99.7, ["95", "96", "97", "98", "99", "100"]),
        (-0.3, 0.2, ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2"]),
    ])
    func axesHaveRoundNumbers(_ least: Double, _ greatest: Double, _ expected: [String]) {
        let ticks = Ticks(least, greatest, count: 5)
        #expect(ticks.values.map(ticks.text) == expected)
    }

    @Test(arguments: [(5.0, 5.0), (0, 0), (1e-9, 2e-9), (-1e12, 1e12), (0.1, 0.1000001)])
    func anyNumbersHaveTicks(_ least: Double, _ greatest: Double) {
        let ticks = Ticks(least, greatest, count: 5)
        #expect((2...14).contains(ticks.values.count))
        #expect(ticks.first <= least && ticks.last >= greatest)
    }

    @Test func epochsAreWholeNumbers() {
        #expect(Ticks.whole(1, 5, count: 8) == [1, 2, 3, 4, 5])
        #expect(Ticks.whole(1, 60, count: 8) == [10, 20, 30, 40, 50, 60])
        #expect(Ticks.whole(7, 7, count: 8) == [7])
    }
}
