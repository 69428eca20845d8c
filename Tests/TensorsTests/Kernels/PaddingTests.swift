import Tensors
import Testing

@Suite struct PaddingTests {
    @Test func putsZerosAroundAnImageAndTakesThemAway() {
        let x = Tensor([1, 1, 2, 2], [1, 2, 3, 4])
        let padding = Padding2D(top: 1, left: 0, bottom: 0, right: 1)
        let padded = padded2D(x, padding, on: .shared)
        #expect(padded == Tensor([1, 2, 3, 2], [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0]))
        #expect(cropped2D(padded, padding, on: .shared) == x)
    }
}
