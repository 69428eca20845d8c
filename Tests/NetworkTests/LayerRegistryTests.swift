import Network
import Tensors
import TestSupport
import Testing

/// A layer of a user: `y = factor · x`.
private struct Times: UnaryLayer {
    static let kerasName = "my_package>Times"
    var factor: Double
    init(from options: inout OptionReader) throws(OptionError) { factor = try options.double("factor", default: 1) }
    var options: Options { ["factor": .double(factor)] }
    func outputShape(for input: Shape) -> Shape { input }
    func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, scaled(x, by: Float(factor), on: context.pool))
    }
    func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: scaled(dy, by: Float(factor), on: context.pool))
    }
}

@Suite struct LayerRegistryTests {
    @Test func takesAUsersOwnLayer() throws {
        var registry = LayerRegistry.keras
        registry.register(Times.self)
        let layer = try registry.layer(named: "t", className: "my_package>Times", options: ["factor": 3])
        #expect(layer.forward([Tensor([1, 1], [2])], [], Context()).y[0] == 6)
        #expect(LayerCheck(layer, inputs: [2, 3]).problems() == [])
        #expect(LayerRegistry.keras.type(named: "my_package>Times") == nil)
    }

    @Test func namesWhatIsSupportedForAClassItDoesNotKnow() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "odd", className: "OddLayer", options: [:])
        }
        #expect(
            error?.description.hasPrefix(
                "layer \"odd\" has class \"OddLayer\", which is not supported; supported: Activation, ") == true)
    }

    @Test func tellsTheRemedyForAClassThatIsLeftOut() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "lambda", className: "Lambda", options: [:])
        }
        #expect(
            error?.description
                == "layer \"lambda\" has class \"Lambda\", which is not supported: it holds Python code; "
                + "replace it by a layer with a class, or register a layer of your own for it")
    }

    @Test func leavesOutNothingThatItHas() {
        #expect(LayerRegistry.leftOut.allSatisfy { LayerRegistry.keras.type(named: $0.className) == nil })
        #expect(LayerRegistry.leftOut.map(\.className) == LayerRegistry.leftOut.map(\.className).sorted())
    }
}
