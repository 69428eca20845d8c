import Networks
import Tensors
import TestSupport
import Testing

@Suite struct DotTests {
    @Test func sumsOverTheAxes() {
        let (a, b) = (Tensor([2, 2], [1, 2, 3, 4]), Tensor([2, 2], [10, 100, 1, 0]))
        #expect(Dot(axes: [1, 1]).forward([a, b], [], Context()).y == Tensor([2, 1], [210, 3]))
        let cosine = Dot(axes: [-1, -1], normalize: true)
        let angle = cosine.forward([Tensor([1, 2], [3, 4]), Tensor([1, 2], [4, 3])], [], Context()).y
        #expect(angle.shape == [1, 1] && abs(angle[0] - 0.96) < 1e-6)
    }

    @Test func keepsTheOtherAxesInOrder() {
        let a = Tensor([1, 2, 2], [1, 2, 3, 4])  // summed over its rows
        let b = Tensor([1, 3, 2], [1, 0, 0, 1, 1, 1])  // summed over its columns
        let y = Dot(axes: [1, 2]).forward([a, b], [], Context()).y
        #expect(y == Tensor([1, 2, 3], [1, 3, 4, 2, 4, 6]))
    }

    @Test(arguments: [false, true])
    func passesTheHarness(_ normalize: Bool) {
        #expect(LayerCheck(Dot(axes: [1, 1], normalize: normalize), inputs: [3, 4], [3, 4]).problems() == [])
        #expect(LayerCheck(Dot(axes: [2, 1], normalize: normalize), inputs: [2, 3, 4], [2, 4, 5]).problems() == [])
        #expect(
            LayerCheck(Dot(axes: [1, 2], normalize: normalize), inputs: [2, 4, 3, 2], [2, 5, 4]).problems() == [])
        #expect(LayerCheck(Dot(axes: [-1, -1], normalize: normalize), inputs: [2, 3, 4], [2, 4]).problems() == [])
    }

    @Test func refusesUnequalExtents() {
        let error = #expect(throws: ShapeError.self) { try Dot(axes: [1, 1]).outputShapes(for: [[2, 3], [2, 4]]) }
        #expect(
            error?.description == "Dot expects equal extents along the axes [1, 1], found shape [2, 3] and [2, 4]")
        #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "d", className: "Dot", options: ["axes": 0])
        }
    }
}
