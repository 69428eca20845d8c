import Networks
import Tensors
import TestSupport
import Testing

@Suite struct FlattenTests {
    @Test func keepsTheOrder() {
        let x = Tensor([1, 2, 1, 2], [1, 2, 3, 4])
        #expect(Flatten().forward(x, [], Context()).y == Tensor([1, 4], [1, 2, 3, 4]))
    }

    @Test(arguments: [[2, 3, 4, 5], [3, 7], [4], [1, 1, 1]] as [Shape])
    func passesTheHarness(_ input: Shape) { #expect(LayerCheck(Flatten(), inputs: input).problems() == []) }

    @Test func leavesAnUnknownSizeUnknown() throws {
        #expect(try Flatten().outputShape(for: [-1, -1, 4, 2]) == [-1, -1])
    }

    @Test func flattensChannelsFirstAsIfTheyWereLast() throws {
        let layer = try LayerRegistry.keras.layer(
            named: "flatten", className: "Flatten", options: ["data_format": "channels_first"])
        let y = layer.forward([Tensor([1, 2, 3], [1, 2, 3, 4, 5, 6])], [], Context()).y
        #expect(y == Tensor([1, 6], [1, 4, 2, 5, 3, 6]))
    }
}
