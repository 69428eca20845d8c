import Tensors
import Testing

@Suite struct SoftmaxTests {
    @Test func givesProbabilitiesHoweverLargeTheInputs() {
        let y = softmax(Tensor([2, 2], [1000, 1000, -1000, 0]), on: .shared)
        #expect(y.elements == [0.5, 0.5, 0, 1])
        #expect(logSoftmax(Tensor([1, 2], [-1000, 0]), on: .shared).elements == [-1000, 0])
    }

    @Test func letsNaNThrough() {
        let y = softmax(Tensor([2, 2], [.nan, 1, 1, 1]), on: .shared)
        #expect(y[0].isNaN && y[1].isNaN && y[2] == 0.5)
    }

    @Test func hasTheGradientOfFiniteDifferences() {
        let (x, dy) = (noise([1, 6], 1), noise([1, 6], 2))
        for (forward, backward) in [(softmax, softmaxGradient), (logSoftmax, logSoftmaxGradient)] {
            let dx = backward(dy, forward(x, .shared), .shared)
            for i in 0..<6 {
                var (up, down) = (x, x)
                up[i] += 1e-2
                down[i] -= 1e-2
                let (high, low) = (forward(up, .shared), forward(down, .shared))
                let slope = (0..<6).reduce(Float(0)) { $0 + dy[$1] * (high[$1] - low[$1]) / 2e-2 }
                #expect(abs(dx[i] - slope) < 1e-3)
            }
        }
    }
}
