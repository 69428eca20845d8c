import Networks
import Tensors
import TestSupport
import Testing

@Suite struct ElementwiseMergeTests {
    static let layers: [(layer: any Layer, result: [Float])] = [
        (Add(), [5, 0, 12]), (Subtract(), [-3, 4, 0]), (Multiply(), [4, -4, 36]), (Average(), [2.5, 0, 6]),
        (Maximum(), [4, 2, 6]), (Minimum(), [1, -2, 6]),
    ]
    static let (a, b) = (Tensor([1, 3], [1, 2, 6]), Tensor([1, 3], [4, -2, 6]))

    @Test(arguments: layers.indices)
    func joinsElementByElement(_ index: Int) {
        #expect(
            Self.layers[index].layer.forward([Self.a, Self.b], [], Context()).y.elements == Self.layers[index].result)
    }

    @Test(arguments: layers.indices)
    func passesTheHarness(_ index: Int) {
        let layer = Self.layers[index].layer
        #expect(LayerCheck(layer, inputs: [2, 3, 4, 5], [2, 3, 4, 5]).problems() == [])
        #expect(LayerCheck(layer, inputs: [2, 3, 4, 5], [2, 1, 1, 5]).problems() == [])
        #expect(LayerCheck(layer, inputs: [2, 5], [2, 3, 4, 5]).problems() == [])
        #expect(LayerCheck(layer, inputs: [2, 1, 4], [2, 3, 1]).problems() == [])
        guard !(layer is Subtract) else { return }
        #expect(LayerCheck(layer, inputs: [2, 3], [2, 3], [2, 3]).problems() == [])
        #expect(LayerCheck(layer, inputs: [1, 1], [1, 1], [1, 1], [1, 1]).problems() == [])
    }

    @Test func theFirstOfEqualsGetsTheGradient() {
        for layer in [Maximum(), Minimum()] as [any Layer] {
            let x = Tensor([1, 1], [7])
            let pass = layer.forward([x, x, x], [], Context())
            let gradients = layer.backward([Tensor([1, 1], [3])], pass, [], Context()).inputs
            #expect(gradients.map { $0?[0] } == [3, 0, 0])
        }
    }

    @Test func notANumberWins() {
        let pair = [Tensor([1, 2], [.nan, 1]), Tensor([1, 2], [1, .nan])]
        #expect(Maximum().forward(pair, [], Context()).y.elements.allSatisfy { $0.isNaN })
        #expect(Minimum().forward(pair, [], Context()).y.elements.allSatisfy { $0.isNaN })
    }

    @Test func keepsUnknownExtentsUnknown() throws {
        #expect(try Add().outputShapes(for: [[-1, -1, 4], [-1, 3, 4]]) == [[-1, -1, 4]])
        #expect(try Add().outputShapes(for: [[-1, -1, 4], [-1, 1, 4]]) == [[-1, -1, 4]])
    }

    @Test func refusesShapesThatDoNotFit() {
        let error = #expect(throws: ShapeError.self) { try Add().outputShapes(for: [[2, 3, 4], [2, 3, 5]]) }
        #expect(error?.description == "Add expects inputs of one shape, found shape [2, 3, 4] and [2, 3, 5]")
        let count = #expect(throws: ShapeError.self) { try Subtract().outputShapes(for: [[2], [2], [2]]) }
        #expect(count?.description == "Subtract expects two inputs, found shape [2] and [2] and [2]")
        #expect(throws: ShapeError.self) { try Multiply().outputShapes(for: [[2, 3], [4, 3]]) }
    }
}
