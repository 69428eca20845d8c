import Networks
import Tensors
import Testing

@Suite struct PReLUTests {
    @Test func hasASlopeForEachPlaceBelowZero() {
        let y = PReLU().forward(Tensor([2, 2], [-1, -2, 3, -4]), [Tensor([2], [0.5, 10])], Context()).y
        #expect(y == Tensor([2, 2], [-0.5, -20, 3, -40]))
    }

    @Test func sharesSlopesAlongAxes() throws {
        #expect(try PReLU(sharedAxes: [1, 2]).weights(for: [-1, -1, -1, 5])[0].shape == [1, 1, 5])
        #expect(try PReLU().weights(for: [-1, 3, 5])[0].shape == [3, 5])
    }

    @Test func refusesAnUnknownExtent() {
        let error = #expect(throws: ShapeError.self) { try PReLU(sharedAxes: [2]).outputShape(for: [-1, -1, 4, 5]) }
        #expect(
            error?.description
                == "PReLU expects known extents along the axes that are not shared, found shape [?, ?, 4, 5]")
    }
}
