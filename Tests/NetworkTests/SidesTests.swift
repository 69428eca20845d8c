import Networks
import Tensors
import Testing

@Suite struct SidesTests {
    @Test func croppingTakesWhatPaddingAdds() {
        let x = Tensor([1, 2, 1, 2, 1], [1, 2, 3, 4])
        let sides = [Sides(1, 0), Sides(0, 2), Sides(2, 1)]
        let padded = ZeroPadding3D(padding: sides).forward(x, [], Context()).y
        #expect(padded.shape == [1, 3, 3, 5, 1])
        #expect(padded.elements.reduce(0, +) == 10 && padded[15 + 2] == 1)
        #expect(Cropping3D(cropping: sides).forward(padded, [], Context()).y == x)
    }

    @Test(
        arguments: [
            ("ZeroPadding1D", 2, ["padding": [2, 2]]), ("ZeroPadding1D", [1, 2], ["padding": [1, 2]]),
            ("Cropping1D", [0, 1], ["padding": [0, 1]]),
            ("ZeroPadding3D", [1, 2, 3], ["padding": [[1, 1], [2, 2], [3, 3]]]),
        ] as [(String, OptionValue, Options)])
    func readsAllSpellings(_ className: String, _ value: OptionValue, _ expected: Options) throws {
        let name = className.hasPrefix("Z") ? "padding" : "cropping"
        let layer = try LayerRegistry.keras.layer(named: "l", className: className, options: Options([(name, value)]))
        #expect(layer.options[name] == expected["padding"])
    }

    @Test func refusesToCropEverything() {
        let error = #expect(throws: ShapeError.self) {
            try Cropping2D(cropping: [Sides(1, 1), Sides(0, 0)]).outputShape(for: [1, 2, 3, 1])
        }
        #expect(error?.description == "Cropping2D expects an extent above 2 along axis 1, found shape [1, 2, 3, 1]")
    }
}
