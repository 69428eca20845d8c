import Datasets
import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing
import Training

// The border tests cross it: one side is a real Keras, the other is ours, and a file lies between.

/// A format as one Keras writes it.
struct Crossing: CustomTestStringConvertible, Sendable {
    var engine: KerasProcess.Engine
    var format: KerasFile.Format

    static let all: [Crossing] = [
        Crossing(engine: .keras3, format: .archive), Crossing(engine: .keras3, format: .legacyH5),
        Crossing(engine: .keras3, format: .weightsH5), Crossing(engine: .tfKeras, format: .archive),
        Crossing(engine: .tfKeras, format: .legacyH5), Crossing(engine: .tfKeras, format: .legacyWeightsH5),
        Crossing(engine: .tfKeras, format: .weightsH5),
    ]
    /// Those in which the optimizer's state crosses whole.
    static let withOptimizer = all.filter {
        $0.format == .archive || ($0.engine == .tfKeras && $0.format == .legacyH5)
    }

    var dialect: Dialect { engine == .keras3 ? .keras3 : .keras2 }
    var isWeightsOnly: Bool { format == .weightsH5 || format == .legacyWeightsH5 }
    var fileName: String {
        switch format {
        case .archive: "model.keras"
        case .legacyH5, .legacyWeightsH5: "model.h5"
        case .weightsH5: "model.weights.h5"
        }
    }
    var testDescription: String { "\(engine) \(format.rawValue)" }
}

/// A folder that is gone after the test.
final class ScratchFolder: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("border-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }  // what is left over is the system's to clean

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// The embedded digits, read once for all tests.
enum Digits {
    static let loaded = Result { try DatasetFinder().load(.named(.embedded)) }

    /// The test digits, `[count, 28, 28, 1]`.
    static func test(_ count: Int = 1000) throws -> Tensor { try samples(#require(loaded.get().test).inputs, count) }

    /// The first training digits with their classes one-hot.
    static func training(_ count: Int) throws -> (x: Tensor, y: Tensor) {
        let train = try #require(loaded.get().train)
        let classes = try #require(train.classes)
        return (
            try samples(train.inputs, count),
            try oneHot(Array(classes.prefix(count)), classes: 10).batch(0..<count, on: .shared)
        )
    }

    private static func samples(_ samples: Samples, _ count: Int) throws -> Tensor {
        samples.batch(0..<count, on: .shared)
    }
}

/// The classic net, with other dropout where no random number may be in play.
func classicNet(seed: UInt64 = 1, dropout: Double = 0.25) throws -> Model {
    try Model.sequential(
        name: "mnist_cnn", inputShape: [28, 28, 1],
        [
            ("conv2d", Conv2D(filters: 32, kernelSize: [3, 3], activation: .relu)),
            ("conv2d_1", Conv2D(filters: 64, kernelSize: [3, 3], activation: .relu)),
            ("max_pooling2d", MaxPooling2D()),
            ("dropout", Dropout(rate: dropout)),
            ("flatten", Flatten()),
            ("dense", Dense(units: 128, activation: .relu)),
            ("dropout_1", Dropout(rate: 2 * dropout)),
            ("dense_1", Dense(units: 10, activation: .softmax)),
        ], seed: seed)
}

/// The classic net without kinks: its convolutions as large, activations smooth, pooling by average.
func smoothClassicNet(seed: UInt64 = 1) throws -> Model {
    try Model.sequential(
        name: "smooth_classic", inputShape: [28, 28, 1],
        [
            ("conv2d", Conv2D(filters: 32, kernelSize: [3, 3], activation: .silu)),
            ("conv2d_1", Conv2D(filters: 64, kernelSize: [3, 3], activation: .silu)),
            ("pool", AveragePooling2D()),
            ("flatten", Flatten()),
            ("dense", Dense(units: 128, activation: .silu)),
            ("dense_1", Dense(units: 10, activation: .softmax)),
        ], seed: seed)
}

/// A small net with every layer that learns, no random numbers, and no kinks: rounding never decides a step.
func smallNet(seed: UInt64 = 1) throws -> Model {
    try Model.sequential(
        name: "small", inputShape: [28, 28, 1],
        [
            // No bias: what stands before a normalization has none, or a gradient that is all rounding error.
            ("conv", Conv2D(filters: 4, kernelSize: [5, 5], strides: [2, 2], padding: .same, useBias: false)),
            ("norm", BatchNormalization(momentum: 0.9)),
            ("silu", ActivationLayer(.silu)),
            ("pool", AveragePooling2D()),
            ("conv_1", Conv2D(filters: 6, kernelSize: [3, 3], activation: .tanh, useBias: false)),
            ("flatten", Flatten()),
            ("dense", Dense(units: 16, activation: .sigmoid)),
            ("out", Dense(units: 10, activation: .softmax)),
        ], seed: seed)
}

/// The layers that the other nets leave out.
func otherNet(seed: UInt64 = 1) throws -> Model {
    try Model.sequential(
        name: "other", inputShape: [28, 28, 1],
        [
            ("pad", ZeroPadding2D(padding: Padding2D(top: 1, left: 0, bottom: 2, right: 3))),
            ("conv", Conv2D(filters: 6, kernelSize: [3, 2], dilationRate: [2, 3], activation: .softplus)),
            ("pool", MaxPooling2D(poolSize: [3, 2], strides: [2, 2], padding: .same)),
            ("reshape", Reshape(targetShape: [7, -1, 6])),
            ("conv_1", Conv2D(filters: 8, kernelSize: [2, 2])),
            ("relu", ReLU(maxValue: 0.5, negativeSlope: 0.1, threshold: 0.05)),
            ("drop", Dropout(rate: 0)),
            ("average", GlobalAveragePooling2D()),
            ("dense", Dense(units: 10)),
            ("softmax", Softmax()),
        ], seed: seed)
}

/// The same model in a real Keras: built from our architecture, with our weights.
func inKeras(_ model: Model, _ engine: KerasProcess.Engine) throws -> KerasModel {
    let json = try KerasFile(model).architectureJSON(engine == .keras3 ? .keras3 : .keras2)
    return try LiveKeras.of(engine).build(json, weights: weights(of: model))
}

/// The weights by layer, as Keras takes them.
func weights(of model: Model) -> [(layer: String, values: [Tensor])] {
    model.layers.filter { !$0.weights.isEmpty }.map { ($0.name, $0.weights) }
}

/// The largest difference of two tensors of one shape; infinite where a number is NaN.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape else { return .infinity }
    return zip(a.elements, b.elements).reduce(0) { largest, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}

/// The class of each sample.
func winners(_ probabilities: Tensor) -> [Int] {
    let classes = probabilities.shape[1]
    let elements = probabilities.elements
    return (0..<probabilities.shape[0]).map { sample in
        (0..<classes).max { elements[sample * classes + $0] < elements[sample * classes + $1] } ?? 0
    }
}

/// Holds the weights of both sides against each other: within 1e-5, or 1e-4 of the number.
func expectSameWeights(
    _ ours: Model, _ theirs: [KerasModel.LayerWeights], _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for layer in ours.layers where !layer.weights.isEmpty {
        guard let other = theirs.first(where: { $0.layer == layer.name }) else {
            Issue.record("Keras has no layer \(layer.name)", sourceLocation: sourceLocation)
            continue
        }
        #expect(layer.weights.map(\.shape) == other.values.map(\.shape), comment, sourceLocation: sourceLocation)
        for (position, (a, b)) in zip(layer.weights, other.values).enumerated() {
            let worst = zip(a.elements, b.elements).reduce(Float(0)) { worst, pair in
                let excess = abs(pair.0 - pair.1) / (1e-5 + 1e-4 * abs(pair.1))
                return excess.isNaN ? .infinity : max(worst, excess)
            }
            #expect(
                worst <= 1, "\(layer.name)/\(layer.specs[position].name): \(worst) × the tolerance",
                sourceLocation: sourceLocation)
        }
    }
}
