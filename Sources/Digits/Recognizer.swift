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
///     let answer = try recognizer.recognize(try Photo.ink(from: image))
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
    /// How many images the model takes at once: 1 where its layers are made for one alone.
    private let portion: Int

    /// Takes a model; one that is made for a single image is given one at a time.
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
        portion = Self.takesSeveral(model, inputShape) ? Self.mostAtOnce : 1
        self.model = model
        self.name = name
        fullInk = model.scalesBytes ? 255 : 1
        self.distance = distance
        let session = Session(model, pool: pool)
        givesSigmoids = session.finalActivation == .sigmoid
        self.session = distance == nil ? session : Session(model.givingFeatures, pool: pool)
        // What only running tells is told now, and not when somebody wants an answer.
        do {
            let blank = Ink.blank(width: InkPreparation.side, height: InkPreparation.side)
            _ = try outputs(ofPixels: [blank.values], ReadingBudget())
        } catch let error as RecognizerError {
            throw error
        } catch {
            throw .inputs(model: model.name, found: "other images: \(error)")
        }
    }

    /// How many numbers the model has learned.
    public var parameterCount: Int { model.layers.reduce(0) { $0 + $1.weights.reduce(0) { $0 + $1.count } } }

    /// Reads one digit.
    ///
    /// - Throws: what running the model throws.
    public func recognize(
        _ ink: Ink, centring: Centring = .centreOfMass, budget: ReadingBudget = ReadingBudget()
    ) throws -> Recognition {
        let preparation = InkPreparation(ink, centring: centring)
        let outputs = try outputs(ofPixels: [preparation.pixels.values], budget)
        return recognition(preparation, box: preparation.crop, outputs, 0)
    }

    /// What the network makes of each digit.
    func recognitions(
        _ preparations: [InkPreparation], boxes: [PixelRect], _ budget: ReadingBudget
    ) throws -> [Recognition] {
        let outputs = try outputs(ofPixels: preparations.map(\.pixels.values), budget)
        return preparations.indices.map { recognition(preparations[$0], box: boxes[$0], outputs, $0) }
    }

    /// The ten probabilities of each.
    ///
    /// - Throws: what running the model throws.
    public func probabilities(of preparations: [InkPreparation]) throws -> [[Float]] {
        try probabilities(ofPixels: preparations.map(\.pixels.values), ReadingBudget())
    }

    /// The ten probabilities of each 28×28 points.
    func probabilities(ofPixels images: [[Float]], _ budget: ReadingBudget) throws -> [[Float]] {
        try outputs(ofPixels: images, budget).map { normalized($0[0]) }
    }

    /// What the model gives for each image: its ten outputs, and the features where they are asked for.
    private func outputs(ofPixels images: [[Float]], _ budget: ReadingBudget) throws -> [[[Float]]] {
        var outputs: [[[Float]]] = []
        for start in stride(from: 0, to: images.count, by: portion) {
            try budget.goOn()
            let part = Array(images[start..<min(images.count, start + portion)])
            let given = try session.predict([input(part)])
            let numbers = given.map(\.elements)
            guard numbers[0].count == 10 * part.count, numbers.allSatisfy({ $0.count.isMultiple(of: part.count) })
            else {
                throw RecognizerError.outputs(
                    model: model.name, found: "an output of shape \(given[0].shape) for \(part.count) images")
            }
            for image in part.indices {
                outputs.append(
                    numbers.map { numbers in
                        let each = numbers.count / part.count
                        return Array(numbers[(image * each)..<((image + 1) * each)])
                    })
            }
        }
        return outputs
    }

    /// What every layer gives for a digit, in the model's order.
    ///
    /// - Throws: what running the model throws.
    public func activations(of preparation: InkPreparation) throws -> [LayerOutput] {
        let values = try session.activations([input([preparation.pixels.values])])
        return model.schedule.compactMap { step in
            values[Source(layer: step.layer, call: step.call)].map { tensor in
                let layer = model.layers[step.layer]
                // A layer may make something else of the batch.
                let isOne = tensor.shape.first == 1
                return LayerOutput(
                    layer: layer.name, className: type(of: layer.layer).kerasName,
                    output: isOne ? tensor.reshaped(to: tensor.shape.sample) : tensor)
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

    private func recognition(
        _ preparation: InkPreparation, box: PixelRect, _ outputs: [[[Float]]], _ index: Int
    ) -> Recognition {
        let probabilities = normalized(outputs[index][0])
        let isOutlier = distance?.isOutlier(outputs[index][1]) ?? false
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

    /// Whether several images go through the model beside each other, each to its own ten numbers.
    private static func takesSeveral(_ model: Model, _ input: Shape) -> Bool {
        let declared = model.inputs.compactMap { (model.layers[$0].layer as? InputLayer)?.batchShape.first }
        guard declared.allSatisfy({ $0 == Shape.unknown }) else { return false }
        return [2, mostAtOnce].allSatisfy { count in
            let shapes = try? model.shapes(forInputs: [[count] + input])
            guard let shape = shapes?[model.outputs[0]], shape.isKnown else { return false }
            return shape.first == count && shape.elementCount == 10 * count
        }
    }

    /// Images for which it pays to read the weights; between them is asked whether to go on.
    private static let mostAtOnce = 64
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
