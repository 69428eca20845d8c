import Tensors
import Testing

@Suite struct WindowTests {
    @Test func countsItsPositions() {
        let window = Window2D(
            kernel: [3, 2], strides: [2, 1], dilation: [2, 3], padding: Padding2D(top: 1, left: 0, bottom: 1, right: 2))
        #expect(window.outputExtents(height: 8, width: 4) == (3, 3))
        #expect(window.span == (5, 4))
    }

    @Test func hasNoPositionOverAnImageThatIsTooSmall() {
        let window = Window2D(kernel: [3, 3], strides: [2, 2])
        #expect(window.outputExtents(height: 2, width: 5) == (0, 2))
    }
}
