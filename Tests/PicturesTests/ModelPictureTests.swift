import Foundation
import Networks
import Pictures
import Runtime
import Tensors
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ModelPictureTests {
    private func model() throws -> Model {
        try Model.sequential(
            name: "net", inputShape: [8, 8, 1],
            [
                ("conv", Conv2D(filters: 5, kernelSize: [3, 3], activation: .relu)),
                ("deep", Conv2D(filters: 6, kernelSize: [3, 3])), ("pool", MaxPooling2D(poolSize: [2, 2])),
                ("flat", Flatten()), ("out", Dense(units: 3, activation: .softmax)),
            ], seed: 1)
    }

    /// A model whose branches meet again.
    private func branching() throws -> Model {
        var model = try model()
        model.form = .functional
        let end = model.layers.count
        model.layers.append(ModelLayer(name: "left", layer: Dense(units: 2), calls: [[Source(layer: 4)]]))
        model.layers.append(ModelLayer(name: "right", layer: Dense(units: 2), calls: [[Source(layer: 4)]]))
        model.layers.append(
            ModelLayer(name: "sum", layer: Add(), calls: [[Source(layer: end), Source(layer: end + 1)]]))
        model.outputs = [Source(layer: end + 2)]
        try model.build()
        model.initialize(seed: 1)
        return model
    }

    @Test func theDiagramNamesEveryLayerWithItsShapeAndWeights() throws {
        let svg = try ModelDiagram(model()).drawing.svg
        _ = try XMLDocument(xmlString: svg)
        for text in ["net", "Conv2D", "conv", "6×6×5", ">50<", "MaxPooling2D", "2×2×6", "Softmax"]
        where text != "Softmax" {
            #expect(svg.contains(text), "\(text)")
        }
        #expect(svg.components(separatedBy: "polyline").count - 1 == 2 * 5, "an arrow between each two layers")
    }

    @Test func branchesStandSideBySideAndMeetBelow() throws {
        let plain = try ModelDiagram(model()).drawing
        let drawing = try ModelDiagram(branching()).drawing
        #expect(drawing.width > plain.width)
        #expect(drawing.svg.components(separatedBy: "polyline").count - 1 == 2 * 9)
    }

    @Test func filtersAreShownWithTheirSigns() throws {
        var model = try model()
        model.layers[1].weights[0] = Tensor([3, 3, 1, 5], repeating: -1)
        let sheet = try #require(FilterSheet(model))
        #expect(sheet.drawing.svg.components(separatedBy: "<image").count - 1 == 5 + 5 * 6)
        #expect(
            ColourMap.signed.image([-1, 0, 1], width: 3, height: 1, reach: 1).bytes == [
                5, 62, 130, 247, 247, 247, 140, 16, 36,
            ])
        let dense = try Model.sequential(inputShape: [2], [("out", Dense(units: 3))])
        #expect(FilterSheet(dense) == nil)
    }

    @Test func activationsOfEveryLayerAreShown() throws {
        let model = try model()
        let sheet = try ActivationSheet(Session(model), [Tensor([1, 8, 8, 1], repeating: 0.5)], title: "t")
        let svg = sheet.drawing.svg
        for layer in model.layers { #expect(svg.contains(layer.name), "\(layer.name)") }
        #expect(svg.components(separatedBy: "<image").count - 1 == 1 + 5 + 6 + 6 + 1 + 1)
    }
}
