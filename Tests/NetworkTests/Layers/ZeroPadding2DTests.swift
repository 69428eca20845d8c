import Networks
import Tensors
import TestSupport
import Testing

@Suite struct ZeroPadding2DTests {
    @Test func addsZerosOnEachSide() {
        let layer = ZeroPadding2D(padding: Padding2D(top: 1, left: 2, bottom: 0, right: 1))
        let y = layer.forward(Tensor([1, 1, 1, 2], [7, 8]), [], Context()).y
        #expect(y == Tensor([1, 2, 4, 2], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8, 0, 0]))
    }

    @Test(arguments: [[1, 1, 1, 1], [0, 0, 0, 0], [2, 0, 1, 3]])
    func passesTheHarness(_ sides: [Int]) {
        let padding = Padding2D(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3])
        #expect(LayerCheck(ZeroPadding2D(padding: padding), inputs: [2, 3, 4, 3]).problems() == [])
    }

    @Test(
        arguments: [
            (3, [3, 3, 3, 3]), ([1, 2], [1, 2, 1, 2]), ([[1, 2], [3, 4]], [1, 3, 2, 4]), ([0, [3, 4]], [0, 3, 0, 4]),
        ] as [(OptionValue, [Int])])
    func readsAllSpellings(_ value: OptionValue, _ sides: [Int]) throws {
        let layer = try LayerRegistry.keras.layer(named: "z", className: "ZeroPadding2D", options: ["padding": value])
        let padding = try #require(layer as? ZeroPadding2D).padding
        #expect([padding.top, padding.left, padding.bottom, padding.right] == sides)
    }

    @Test func refusesNegativePadding() {
        #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "z", className: "ZeroPadding2D", options: ["padding": -1])
        }
    }
}
