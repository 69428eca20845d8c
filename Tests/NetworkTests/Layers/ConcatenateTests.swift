import Networks
import Tensors
import TestSupport
import Testing

@Suite struct ConcatenateTests {
    @Test func putsOneAfterAnother() {
        let (a, b) = (Tensor([2, 1], [1, 2]), Tensor([2, 2], [3, 4, 5, 6]))
        #expect(Concatenate().forward([a, b], [], Context()).y == Tensor([2, 3], [1, 3, 4, 2, 5, 6]))
    }

    @Test(arguments: [-1, 1, 2, 3, -2])
    func passesTheHarness(_ axis: Int) {
        var (a, b, c): (Shape, Shape, Shape) = ([2, 3, 4, 2], [2, 3, 4, 2], [2, 3, 4, 2])
        let position = axis < 0 ? axis + 4 : axis
        (a[position], b[position], c[position]) = (1, 5, 3)
        #expect(LayerCheck(Concatenate(axis: axis), inputs: a, b, c).problems() == [])
    }

    @Test func joinsBatches() {
        let y = Concatenate(axis: 0).forward([Tensor([1, 2], [1, 2]), Tensor([2, 2], [3, 4, 5, 6])], [], Context()).y
        #expect(y == Tensor([3, 2], [1, 2, 3, 4, 5, 6]))
    }

    @Test func refusesInputsThatDifferElsewhere() {
        let error = #expect(throws: ShapeError.self) { try Concatenate().outputShapes(for: [[1, 2, 3], [1, 3, 3]]) }
        #expect(
            error?.description
                == "Concatenate expects inputs that differ along axis -1 alone, found shape [1, 2, 3] and [1, 3, 3]")
        #expect(throws: ShapeError.self) { try Concatenate(axis: 3).outputShapes(for: [[1, 2, 3], [1, 2, 3]]) }
    }
}
