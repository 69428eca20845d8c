import Networks
import Tensors
import TestSupport
import Testing

@Suite struct GlobalPoolingTests {
    @Test func takesOneNumberFromEachChannel() {
        let x = Tensor([1, 2, 2, 2], [1, 10, 2, 20, 3, 30, 6, 60])
        #expect(GlobalAveragePooling2D().forward(x, [], Context()).y == Tensor([1, 2], [3, 30]))
        #expect(GlobalMaxPooling2D(keepdims: true).forward(x, [], Context()).y == Tensor([1, 1, 1, 2], [6, 60]))
    }

    static let layers: [any Layer] = [false, true].flatMap { keepdims in
        [
            GlobalAveragePooling1D(keepdims: keepdims), GlobalAveragePooling2D(keepdims: keepdims),
            GlobalAveragePooling3D(keepdims: keepdims), GlobalMaxPooling1D(keepdims: keepdims),
            GlobalMaxPooling2D(keepdims: keepdims), GlobalMaxPooling3D(keepdims: keepdims),
        ] as [any Layer]
    }

    @Test(arguments: layers.indices)
    func passesTheHarness(_ index: Int) {
        let places: [Shape] = [[5], [3, 4], [2, 3, 2]]
        #expect(LayerCheck(Self.layers[index], inputs: [2] + places[index % 3] + [3]).problems() == [])
        #expect(
            LayerCheck(Self.layers[index], inputs: [1] + Shape(places[index % 3].map { _ in 1 }) + [1]).problems() == []
        )
    }

    @Test func takesImagesOfUnknownSize() throws {
        #expect(try GlobalAveragePooling2D().outputShape(for: [-1, -1, -1, 8]) == [-1, 8])
    }

    @Test func refusesAnotherRank() {
        let error = #expect(throws: ShapeError.self) { try GlobalMaxPooling2D().outputShape(for: [1, 4, 3]) }
        #expect(
            error?.description == "GlobalMaxPooling2D expects [batch, height, width, channels], found shape [1, 4, 3]")
    }
}
