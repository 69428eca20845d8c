import Networks
import Tensors

/// What the tests of layers know of one: the layer, and shapes that it takes.
///
/// The cases themselves are theirs (`Tests/NetworkTests/Cases`), so a new layer is fuzzed as soon as it has a case.
struct LayerCase: Sendable {
    enum Engine: Sendable { case keras3, tfKeras }

    var layer: any Layer
    var inputs: [Shape]
    var isRandom = false
    var isInKeras = true
    var engine = Engine.keras3
    var range: ClosedRange<Float>
    var takesIndices: Bool

    init(
        _ layer: any Layer, _ inputs: Shape..., isRandom: Bool = false, isInKeras: Bool = true,
        kerasCall: String? = nil, hasSlopes: Bool = true, range: ClosedRange<Float> = -2...2,
        takesIndices: Bool = false, kerasModule: String? = nil
    ) {
        self.layer = layer
        self.inputs = inputs
        self.isRandom = isRandom
        self.isInKeras = isInKeras
        self.range = range
        self.takesIndices = takesIndices
    }

    func masking(_ masked: [Int]) -> LayerCase {
        var other = self
        other.layer = layer.readingMasks(of: masked)
        other.inputs += masked.map { Shape(Array(inputs[$0].prefix(2))) }
        return other
    }

    static let all: [LayerCase] =
        activations + attentions + augmentations + convolutions + legacies + lookups + merges + normalizations
        + operations + pipelines + poolings + recurrences + regularizations + reshapings + spectrograms
}
