import Networks
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
    /// The Keras that has the layer.
    var engine = KerasProcess.Engine.keras3
    /// How Keras calls the layer, where the inputs do not tell.
    var kerasCall: String?
    /// Whether finite differences tell the slopes: not those of steps.
    var hasSlopes: Bool
    /// The numbers that inputs have: positive ones for a logarithm.
    var range: ClosedRange<Float>
    /// Whether inputs are whole numbers, for which there is no gradient.
    var takesIndices: Bool
    /// Where Keras has the class, if not among its layers.
    var kerasModule: String?

    init(
        _ layer: any Layer, _ inputs: Shape..., isRandom: Bool = false, isInKeras: Bool = true,
        kerasCall: String? = nil, hasSlopes: Bool = true, range: ClosedRange<Float> = -2...2,
        takesIndices: Bool = false, kerasModule: String? = nil
    ) {
        self.layer = layer
        self.inputs = inputs
        self.isRandom = isRandom
        self.isInKeras = isInKeras
        self.kerasCall = kerasCall
        self.hasSlopes = hasSlopes
        self.range = range
        self.takesIndices = takesIndices
        self.kerasModule = kerasModule
    }

    /// The case with masks of these inputs.
    func masking(_ masked: [Int]) -> LayerCase {
        var other = self
        other.layer = layer.readingMasks(of: masked)
        other.inputs += masked.map { Shape(Array(inputs[$0].prefix(2))) }
        return other
    }

    /// The class, the options that say something, and the shapes.
    var testDescription: String {
        let options = layer.options.pairs.filter { name, value in
            !value.isNull && value != "channels_last" && !name.hasSuffix("_initializer")
        }
        let text = options.map { "\($0.name): \($0.value)" }.joined(separator: ", ").prefix(300)
        return "\(type(of: layer).kerasName) [\(text)] \(inputs)"
    }

    func check(mode: Mode, isTrainable: Bool = true) -> LayerCheck {
        let random = Random(seed: 4)
        var check = LayerCheck(
            layer,
            inputs: inputs.enumerated().map { position, shape in
                let x = input(shape, random.stream(UInt64(position)), range)
                guard position >= inputs.count - layer.maskCount else { return x }
                return Tensor(shape, x.elements.map { $0 > -0.8 ? 1 : 0 })
            }, mode: mode, isTrainable: isTrainable)
        check.kerasCall = kerasCall
        check.kerasModule = kerasModule
        check.hasInputGradients = !takesIndices
        return check
    }

    /// Numbers of this range, whole ones for a layer that takes those.
    func input(_ shape: Shape, _ random: Random, _ range: ClosedRange<Float>) -> Tensor {
        let x = LayerCheck.uniform(shape, random, from: range.lowerBound, to: range.upperBound)
        return takesIndices ? Tensor(shape, x.elements.map { $0.rounded(.down) }) : x
    }

    static let all: [LayerCase] = channelsLast + channelsFirst

    private static let channelsLast =
        activations + attentions + augmentations + convolutions + legacies + lookups + merges + normalizations
        + operations + pipelines + poolings + recurrences + regularizations + reshapings + spectrograms

    /// Every case whose layer has a layout of images, in the other layout.
    private static let channelsFirst: [LayerCase] = channelsLast.compactMap { last in
        guard last.layer.options["data_format"] != nil, !(last.layer is any LayoutBlind) else { return nil }
        func turned<Inner: Layer>(_ inner: Inner) -> any Layer { ChannelsFirst(inner) }
        var first = last
        first.layer = turned(last.layer)
        // Keras on TensorFlow adds the bias along the last axis where that is as long as the bias.
        let shape = try? last.layer.outputShapes(for: last.inputs)[0]
        if let shape, shape.count > 2, shape[shape.count - 2] == shape[shape.count - 1] { first.isInKeras = false }
        // Keras lays three numbers along the last axis, whatever it is.
        if let erasing = last.layer as? RandomErasing, erasing.fillValue?.count == 3 { first.isInKeras = false }
        let leading = last.layer is any SequenceLayer ? 2 : 1
        first.inputs = last.inputs.map { shape in
            guard shape.count > leading else { return shape }
            var extents = shape.extents
            extents.insert(extents.removeLast(), at: leading)
            return Shape(extents)
        }
        return first
    }
}

@Suite struct LayerCaseTests {
    @Test(arguments: LayerCase.all)
    func passesTheHarness(_ layerCase: LayerCase) {
        // This one's training moves its own kernel, which finite differences do not know of.
        let moves = layerCase.layer is SpectralNormalization
        var check = layerCase.check(mode: moves ? .inference : .training)
        check.hasInputGradients = layerCase.hasSlopes && !layerCase.takesIndices
        let problems = check.problems()
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test(arguments: LayerCase.all)
    func agreesWithKeras(_ layerCase: LayerCase) throws {
        guard layerCase.isInKeras else { return }
        let keras = try LiveKeras.of(layerCase.engine)
        for mode in layerCase.isRandom ? [Mode.inference] : [.inference, .training] {
            let check = layerCase.check(mode: mode)
            let problems = check.problems(against: try check.golden(from: keras))
            #expect(problems.isEmpty, "in \(mode): \(problems)")
        }
    }

    /// Every layer has a case, so that none goes untested.
    @Test(arguments: LayerRegistry.keras.classNames + LayerRegistry.keras.operationNames)
    func hasACase(_ className: String) {
        #expect(
            // Every model has one, and it computes nothing.
            className == InputLayer.kerasName
                || LayerCase.all.contains { type(of: $0.layer).kerasName == className })
    }
}
