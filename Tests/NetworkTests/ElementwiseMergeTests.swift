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

    /// Of many inputs the work is shared; the gradients are those of each by itself.
    @Test func manyInputsHaveTheGradientsOfTheDefinition() {
        func number(_ input: Int, _ place: Int) -> Float { Float((input * 7 + place * 5) % 11) / 8 - 0.5 }
        let x: [Tensor] = (0..<12).map { input in Tensor([2, 3], (0..<6).map { number(input, $0) }) }
        let dy = Tensor([2, 3], [1, -2, 3, 0.5, 1, 4])
        let products = Multiply().gradients(dy, x, on: .shared)
        let largest = Maximum().gradients(dy, x, on: .shared)
        let smallest = Minimum().gradients(dy, x, on: .shared)
        for place in 0..<6 {
            let column: [Float] = x.map { $0[place] }
            for number in x.indices {
                var others: Float = dy[place]
                for other in x.indices where other != number { others *= column[other] }
                #expect(abs(products[number][place] - others) <= 1e-6 * max(1, abs(others)))
                let (first, last) = (column.firstIndex(of: column.max() ?? 0), column.firstIndex(of: column.min() ?? 0))
                #expect(largest[number][place] == (number == first ? dy[place] : 0))
                #expect(smallest[number][place] == (number == last ? dy[place] : 0))
            }
        }
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
