import Tensors
import Testing

@Suite struct PoolingTests {
    static let windows = [
        Window2D(kernel: [2, 2], strides: [2, 2]),
        Window2D(kernel: [3, 3], strides: [2, 2], padding: .init(top: 0, left: 1, bottom: 1, right: 1)),
        Window2D(kernel: [3, 2], strides: [1, 1], padding: .init(top: 1, left: 0, bottom: 1, right: 1)),
        Window2D(kernel: [2, 1], strides: [3, 4]),
        Window2D(
            kernel: [2, 3], strides: [2, 1], dilation: [3, 2], padding: .init(top: 2, left: 3, bottom: 1, right: 2)),
        Window2D(kernel: [9, 7]),
        Window2D(kernel: [10, 7]),
    ]
    static let channels = [1, 3, 31, 64]

    @Test(arguments: windows, channels)
    func agreesWithTheDefinition(_ window: Window2D, _ channels: Int) {
        // Few different values, so that there are equal ones.
        let x = mapped(noise([3, 9, 7, channels], 1), on: .shared) { ($0 * 4).rounded() }
        let expected = Reference.maxPooling2D(x, window)
        let found = maxPooling2D(x, window, on: .shared)
        #expect(found.y == expected.y)
        #expect(found.winners == expected.winners)
        #expect(maxPooled2D(x, window, on: .shared) == expected.y)
        #expect(gap(averagePooling2D(x, window, on: .shared), Reference.averagePooling2D(x, window)) < 1e-6)

        let dy = noise(found.y.shape, 2)
        #expect(
            gap(
                maxPooling2DGradient(dy, winners: found.winners, inputShape: x.shape, window, on: .shared),
                Reference.maxPooling2DGradient(dy, winners: expected.winners, inputShape: x.shape, window)) < 1e-6)
        #expect(
            gap(
                averagePooling2DGradient(dy, inputShape: x.shape, window, on: .shared),
                Reference.averagePooling2DGradient(dy, inputShape: x.shape, window)) < 1e-6)
    }

    @Test func givesEqualCellsToTheFirstAndNaNToNobody() {
        let x = Tensor([1, 2, 4, 1], [5, 5, .nan, -2, 5, 5, -3, .nan])
        let (y, winners) = maxPooling2D(x, Window2D(kernel: [2, 2], strides: [2, 2]), on: .shared)
        #expect(y.elements == [5, -2])
        #expect(winners.elements == [0, 1])
    }

    @Test func neverLetsPaddingWin() {
        let x = Tensor([1, 1, 1, 1], [-7])
        let window = Window2D(kernel: [2, 2], padding: .init(top: 1, left: 1, bottom: 0, right: 0))
        let (y, winners) = maxPooling2D(x, window, on: .shared)
        #expect(y.elements == [-7] && winners.elements == [3])
        #expect(averagePooling2D(x, window, on: .shared).elements == [-7])
    }
}
