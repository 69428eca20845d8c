import Network
import Parity
import Tensors
import TestSupport
import Testing

/// A layer with shapes that it takes, for the harness and for a comparison with Keras.
struct LayerCase: Sendable, CustomTestStringConvertible {
    var layer: any Layer
    var inputs: [Shape]
    /// Whether training draws random numbers, which Keras draws otherwise.
    var isRandom = false
    /// Whether Keras knows the layer with these options.
    var isInKeras = true

    init(_ layer: any Layer, _ inputs: Shape..., isRandom: Bool = false, isInKeras: Bool = true) {
        self.layer = layer
        self.inputs = inputs
        self.isRandom = isRandom
        self.isInKeras = isInKeras
    }

    /// The class, the options that say something, and the shapes.
    var testDescription: String {
        let options = layer.options.pairs.filter { name, value in
            !value.isNull && value != "channels_last" && !name.hasSuffix("_initializer")
        }
        return "\(type(of: layer).kerasName) \(options.map { "\($0.name): \($0.value)" }) \(inputs)"
    }

    func check(mode: Mode, isTrainable: Bool = true) -> LayerCheck {
        let random = Random(seed: 4)
        return LayerCheck(
            layer,
            inputs: inputs.enumerated().map { position, shape in
                LayerCheck.uniform(shape, random.stream(UInt64(position)), from: -2, to: 2)
            }, mode: mode, isTrainable: isTrainable)
    }

    static let all: [LayerCase] =
        activations + convolutions + merges + normalizations + poolings + regularizations + reshapings
}

@Suite struct LayerCaseTests {
    @Test(arguments: LayerCase.all)
    func passesTheHarness(_ layerCase: LayerCase) {
        let problems = layerCase.check(mode: .training).problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test(arguments: LayerCase.all)
    func agreesWithKeras(_ layerCase: LayerCase) throws {
        guard layerCase.isInKeras else { return }
        let keras = try LiveKeras.of(.keras3)
        for mode in layerCase.isRandom ? [Mode.inference] : [.inference, .training] {
            let check = layerCase.check(mode: mode)
            let problems = check.problems(against: try check.golden(from: keras))
            #expect(problems.isEmpty, "in \(mode): \(problems)")
        }
    }

    /// Every layer has a case, so that none goes untested.
    @Test(arguments: LayerRegistry.keras.classNames)
    func hasACase(_ className: String) {
        #expect(
            ["Embedding", "InputLayer"].contains(className)
                || LayerCase.all.contains { type(of: $0.layer).kerasName == className })
    }
}
