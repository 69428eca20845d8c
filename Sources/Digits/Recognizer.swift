import KerasFiles
import Networks
import Runtime
import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads digits from ink by a network: any Keras model of 28×28 grey points and ten classes.
///
///     let recognizer = try Recognizer.shipped()
///     let answer = try recognizer.recognize(Photo.ink(from: image))
///     print(answer.digit, answer.confidence)
///
/// Many tasks may use one recognizer at once.
public final class Recognizer: Sendable {
    public let model: Model
    /// What the model was read from.
    public let name: String
    /// Tells what is no digit, where it is known for this model.
    private let distance: MahalanobisDistance?
    /// Gives the model's output, and the features that the distance takes.
    private let session: Session
    private let givesSigmoids: Bool
    private let inputShape: Shape
    /// What full ink is for the model: 1, or 255 where it scales bytes itself.
    private let fullInk: Float

    /// Takes a model.
    ///
    /// - Throws: ``RecognizerError`` where it takes or gives something else.
    public convenience init(_ model: Model, name: String, pool: WorkerPool = .shared) throws(RecognizerError) {
        try self.init(model, name: name, distance: nil, pool: pool)
    }

    /// Takes a model and a distance that was fitted on what its last layer takes; answers beyond its limit are doubted.
    package init(
        _ model: Model, name: String, distance: MahalanobisDistance?, pool: WorkerPool
    ) throws(RecognizerError) {
        inputShape = try Self.inputShape(of: model)
        try Self.checkOutputs(of: model, inputShape)
        self.model = model
        self.name = name
        fullInk = model.scalesBytes ? 255 : 1
        self.distance = distance
        let session = Session(model, pool: pool)
        givesSigmoids = session.finalActivation == .sigmoid
        self.session = distance == nil ? session : Session(model.givingFeatures, pool: pool)
    }

    /// How many numbers the model has learned.
    public var parameterCount: Int { model.layers.reduce(0) { $0 + $1.weights.reduce(0) { $0 + $1.count } } }

    /// Reads one digit.
    public func recognize(_ ink: Ink, centring: Centring = .centreOfMass) -> Recognition {
        let preparation = InkPreparation(ink, centring: centring)
        return recognition(preparation, box: preparation.crop)
    }

    /// Reads all digits there are, line by line from left to right.
    ///
    /// Without any ink the answer is empty.
    public func recognizeAll(_ ink: Ink, centring: Centring = .centreOfMass) -> [Recognition] {
        Segmentation.pieces(in: ink, judge: self).map { piece in
            recognition(InkPreparation(piece.ink, centring: centring), box: piece.box)
        }
    }

    /// The ten probabilities of each.
    public func probabilities(of preparations: [InkPreparation]) -> [[Float]] {
        probabilities(ofPixels: preparations.map(\.pixels.values))
    }

    /// The ten probabilities of each 28×28 points.
    func probabilities(ofPixels images: [[Float]]) -> [[Float]] {
        guard !images.isEmpty else { return [] }
        let outputs = outputs(ofPixels: images)[0]
        return images.indices.map { image in
            normalized((0..<10).map { outputs[image * 10 + $0] })
        }
    }

    private func outputs(ofPixels images: [[Float]]) -> [Tensor] {
        do {
            return try session.predict([input(images)])
        } catch {
            preconditionFailure("the model's input was checked, yet: \(error)")
        }
    }

    /// What every layer gives for a digit, in the model's order.
    public func activations(of preparation: InkPreparation) -> [LayerOutput] {
        let values: [Source: Tensor]
        do {
            values = try session.activations([input([preparation.pixels.values])])
        } catch {
            preconditionFailure("the model's input was checked, yet: \(error)")
        }
        return model.schedule.compactMap { step in
            values[Source(layer: step.layer, call: step.call)].map { tensor in
                let layer = model.layers[step.layer]
                return LayerOutput(
                    layer: layer.name, className: type(of: layer.layer).kerasName,
                    output: tensor.reshaped(to: tensor.shape.sample))
            }
        }
    }

    private func input(_ images: [[Float]]) -> Tensor {
        let points = InkPreparation.side * InkPreparation.side
        return Tensor(unsafeUninitialized: [images.count] + inputShape) { elements in
            for (image, values) in images.enumerated() {
                for point in 0..<points { elements[image * points + point] = values[point] * fullInk }
            }
        }
    }

    private func recognition(_ preparation: InkPreparation, box: PixelRect) -> Recognition {
        let outputs = outputs(ofPixels: [preparation.pixels.values])
        let probabilities = normalized(outputs[0].elements)
        let isOutlier = distance?.isOutlier(outputs[1].elements) ?? false
        return Recognition(
            probabilities: probabilities,
            doubt: Recognition.Doubt(preparation, probabilities, isOutlier: isOutlier), preparation: preparation,
            box: box)
    }

    /// Ten outputs as probabilities: as they are, by softmax where they are logits, in proportion where each is a
    /// sigmoid's.
    private func normalized(_ outputs: [Float]) -> [Float] {
        guard outputs.allSatisfy(\.isFinite), let most = outputs.max() else {
            return [Float](repeating: 0.1, count: 10)
        }
        let sum = outputs.reduce(0, +)
        if outputs.allSatisfy({ $0 >= 0 }), abs(sum - 1) < 1e-3 { return outputs }
        if givesSigmoids, sum > 0 { return outputs.map { $0 / sum } }
        let powers = outputs.map { exp($0 - most) }
        let whole = powers.reduce(0, +)
        return powers.map { $0 / whole }
    }

    /// The shape of a sample, `[28, 28, 1]` with 28×28 for what the model leaves open.
    private static func inputShape(of model: Model) throws(RecognizerError) -> Shape {
        let shapes = model.inputs.compactMap { (model.layers[$0].layer as? InputLayer)?.batchShape.sample }
        let side = InkPreparation.side
        let accepted: [Shape] = [[side, side, 1], [side, side], [side * side], [1, side, side], [side * side, 1]]
        guard shapes.count == 1, model.inputs.count == 1,
            let fit = accepted.first(where: { shape in
                shape.count == shapes[0].count
                    && zip(shape, shapes[0]).allSatisfy { $0 == $1 || $1 == Shape.unknown }
            })
        else {
            let found = shapes.map(\.description).joined(separator: " and ")
            let count = model.inputs.count
            throw .inputs(model: model.name, found: count == 1 ? "inputs of shape \(found)" : "\(count) inputs")
        }
        return fit
    }

    private static func checkOutputs(of model: Model, _ input: Shape) throws(RecognizerError) {
        let shapes: [Source: Shape]
        do throws(ShapeError) {
            shapes = try model.shapes(forInputs: [[1] + input])
        } catch {
            throw .inputs(model: model.name, found: "other images: \(error)")
        }
        guard model.outputs.count == 1, let shape = shapes[model.outputs[0]], shape.isKnown,
            shape.sample.elementCount == 10
        else {
            let found = model.outputs.map { shapes[$0]?.sample.description ?? "?" }.joined(separator: " and ")
            throw .outputs(model: model.name, found: "outputs of shape \(found)")
        }
    }
}

extension Model {
    /// The same with what its last layer takes as a second output.
    fileprivate var givingFeatures: Model {
        var model = self
        let last = outputs[0]
        model.outputs.append(layers[last.layer].calls[last.call][0])
        return model
    }

    /// Whether the first layer divides bytes, so that the model wants ink up to 255.
    fileprivate var scalesBytes: Bool {
        layers.contains { entry in
            guard let scaling = entry.layer as? Rescaling, entry.calls.count == 1, entry.calls[0].count == 1,
                inputs.contains(entry.calls[0][0].layer)
            else { return false }
            return scaling.scale.allSatisfy { $0 > 0 && $0 < 0.02 }
        }
    }
}
