import Pictures
import Tensors
import Testing
import Training

@Suite struct ConfusionChartTests {
    @Test func drawsEveryCountThatIsNotZero() {
        var matrix = ConfusionMatrix(classes: 2)
        matrix.add(Tensor([3, 2], [1, 0, 1, 0, 0, 1]), labels: [0, 1, 1], first: 0)
        let svg = ConfusionChart(matrix, title: "a < b").drawing.svg
        #expect(svg.hasPrefix("<svg") && svg.contains("a &lt; b") && svg.contains("2 of 3 right"))
        #expect(svg.components(separatedBy: "<rect").count == 5, "the page and three counts")
        let image = ConfusionChart(matrix, title: "a").drawing.image()
        #expect(image.bytes.count == 3 * image.width * image.height)
    }
}
