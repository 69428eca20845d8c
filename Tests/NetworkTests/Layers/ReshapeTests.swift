import Networks
import Tensors
import TestSupport
import Testing

@Suite struct ReshapeTests {
    @Test func worksOutWhatIsLeftOver() {
        let x = Tensor([2, 6], (0..<12).map(Float.init))
        #expect(Reshape(targetShape: [-1, 2]).forward(x, [], Context()).y == x.reshaped(to: [2, 3, 2]))
    }

    @Test(arguments: [[24], [-1], [4, -1, 2], [2, 3, 4], [1, 24, 1]])
    func passesTheHarness(_ target: [Int]) {
        #expect(LayerCheck(Reshape(targetShape: target), inputs: [3, 4, 6]).problems() == [])
    }

    @Test(arguments: [[5], [-1, 5], [25]])
    func refusesAnotherNumberOfElements(_ target: [Int]) {
        let error = #expect(throws: ShapeError.self) { try Reshape(targetShape: target).outputShape(for: [3, 4, 6]) }
        #expect(
            error?.description
                == "Reshape expects samples with as many elements as \(Shape(target)), found shape [3, 4, 6]")
    }

    @Test(arguments: [[-1, -1], [0, 2], [2.5], "4"] as [OptionValue])
    func refusesTargetsThatAreNoShape(_ target: OptionValue) {
        #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "r", className: "Reshape", options: ["target_shape": target])
        }
    }
}
