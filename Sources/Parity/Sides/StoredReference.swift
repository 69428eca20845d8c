import Foundation
import Networks
import Tensors
import Training

/// What Keras gave on another machine or another day, as a side: no Python needed.
///
/// Made from one `.npy` for each output, from a `.npz` or HDF5 file of outputs, or from a bundle that
/// `Scripts/keras_reference.py` wrote, which may hold inputs, activations and gradients too.
public struct StoredReference: Side {
    public let description: SideDescription
    /// The inputs that the reference was made with, where it has them.
    public let inputs: Inputs?
    /// What the reference's gradients are of: one loss for all outputs or one for each; empty where it has none.
    public let losses: [String]

    /// How the reference's weights were trained; `nil` where it has none.
    public let recipe: TrainingRecipe?

    /// Digests of the weights that the reference was made with; `nil` where it has none.
    let weightDigests: Options?

    private let outputs: [StoredRows]
    private let layers: [LayerOutput]
    private let gradients: GradientSet
    private let trained: [WeightKey: Tensor]
    private let stepLosses: [Double]
    private let targets: [Tensor]

    /// Reads reference values.
    ///
    /// - Parameter paths: one `.npz` or HDF5 file, or one `.npy` for each output in the model's order.
    public init(paths: [String]) throws(ParityError) {
        if paths.allSatisfy({ $0.lowercased().hasSuffix(".npy") }) {
            try self.init(arrays: paths)
            return
        }
        var all = StoredArrays(name: paths.joined(separator: ", "))
        for path in paths { try all.add(contentsOf: path) }
        try self.init(all)
    }

    init(_ stored: StoredArrays) throws(ParityError) {
        let about = stored.about
        let outputs = about == nil ? stored.arrays.map(\.tensor) : stored.list("outputs")
        let given = stored.list("inputs")
        targets = stored.list("targets")
        guard let samples = outputs.first?.shape.first, samples > 0 else {
            throw .file(stored.name, reason: "there are no outputs in it")
        }
        self.outputs = outputs.map(StoredRows.init)
        weightDigests = about?["weights"]?.object
        layers = stored.tree("activations", numbers: 2).map {
            LayerOutput(TensorKey($0.layer, call: $0.numbers[0], output: $0.numbers[1]), $0.tensor)
        }
        for tensor in outputs + given + targets + layers.map(\.value) where tensor.shape.first != samples {
            throw .file(
                stored.name, reason: "one array has \(tensor.shape.first ?? 0) samples, another \(samples)")
        }
        gradients = GradientSet(loss: about?["loss"]?.double ?? .nan, gradients: stored.weights("gradients"))
        stepLosses = stored["steps/losses"]?.elements.map(Double.init) ?? []
        trained = stored.weights("weights")
        let names = (about?["losses"]?.array ?? []).compactMap(\.string)
        losses = gradients.gradients.isEmpty ? [] : names
        recipe = TrainingRecipe(about, names, steps: stepLosses.count)

        var labels = stored["labels"]?.elements.compactMap { Int(exactly: $0) }
        if labels == nil, outputs.count == 1, let target = targets.first { labels = classNumbers(in: target, names) }
        guard labels == nil || labels?.count == samples else {
            throw .file(stored.name, reason: "its labels are not one class number for each of \(samples) samples")
        }
        inputs = given.isEmpty ? nil : Inputs(description: stored.name, given, labels: labels)
        description = SideDescription(stored)
    }

    /// Outputs alone, read as they are asked for: memory follows the batch, not the files.
    private init(arrays paths: [String]) throws(ParityError) {
        var rows: [StoredRows] = []
        for path in paths {
            guard FileManager.default.fileExists(atPath: path) else { throw .fileMissing(path) }
            let file = try reading(path) { () throws(DataError) in try NPYSamples(path: path) }
            rows.append(StoredRows(count: file.shape.first ?? 0, samples: file.samples))
        }
        let name = paths.joined(separator: ", ")
        guard let samples = rows.first?.count, samples > 0 else {
            throw .file(name, reason: "there are no outputs in it")
        }
        if let other = rows.first(where: { $0.count != samples }) {
            throw .file(name, reason: "one array has \(other.count) samples, another \(samples)")
        }
        outputs = rows
        weightDigests = nil
        (inputs, recipe, losses, layers, targets) = (nil, nil, [], [], [])
        (gradients, trained, stepLosses) = (GradientSet(loss: .nan, gradients: [:]), [:], [])
        description = SideDescription(StoredArrays(name: name))
    }

    public func outputs(_ batch: Batch) throws(ParityError) -> [Tensor] {
        try check(batch.range)
        return outputs.map { $0.samples(batch.range) }
    }

    public func activations(_ batch: Batch) throws(ParityError) -> [LayerOutput] {
        guard !layers.isEmpty else { throw .notAvailable("activations of layers", side: description.name) }
        try check(batch.range)
        return layers.map { LayerOutput($0.key, $0.value.samples(batch.range)) }
    }

    /// The gradients of all samples of the reference.
    ///
    /// - Throws: ``ParityError`` where they are not of these samples and losses.
    public func gradients(_ batch: Batch, losses: [String]) throws(ParityError) -> GradientSet {
        guard !gradients.gradients.isEmpty else { throw .notAvailable("gradients", side: description.name) }
        guard batch.range == 0..<sampleCount, losses == self.losses else {
            throw .mismatch(
                "the reference's gradients are of \(self.losses.joined(separator: ", ")) on \(sampleCount) samples, "
                    + "asked for \(losses.joined(separator: ", ")) on \(batch.range.count)")
        }
        return gradients
    }

    /// The losses and the last weights of ``recipe``; weights between are not kept.
    ///
    /// - Throws: ``ParityError`` where another recipe is asked for.
    public func training(_ recipe: TrainingRecipe) throws(ParityError) -> any TrainingRun {
        guard let own = self.recipe else { throw .notAvailable("trained weights", side: description.name) }
        guard recipe.isSame(as: own) else {
            throw .mismatch(
                "the reference's weights are those after \(own.steps) steps on \(own.batchSize) samples each, "
                    + "asked for \(recipe.steps) steps on \(recipe.batchSize)")
        }
        return StoredTraining(recipe: own, losses: stepLosses, last: trained)
    }

    public func targets(_ range: Range<Int>) -> [Tensor]? {
        targets.isEmpty || range.upperBound > sampleCount ? nil : targets.map { $0.samples(range) }
    }

    public var gradientSamples: Int? { gradients.gradients.isEmpty ? nil : sampleCount }

    private var sampleCount: Int { outputs.first?.count ?? 0 }

    private func check(_ range: Range<Int>) throws(ParityError) {
        guard range.upperBound <= sampleCount else {
            throw .mismatch("the reference has \(sampleCount) samples, the inputs at least \(range.upperBound)")
        }
    }
}

/// The samples of one output.
private struct StoredRows: Sendable {
    var count: Int
    var samples: @Sendable (Range<Int>) -> Tensor

    init(count: Int, samples: @escaping @Sendable (Range<Int>) -> Tensor) {
        (self.count, self.samples) = (count, samples)
    }

    init(_ tensor: Tensor) { self.init(count: tensor.shape.first ?? 0) { tensor.samples($0) } }
}

/// A training of another day.
private struct StoredTraining: TrainingRun {
    let recipe: TrainingRecipe
    let losses: [Double]
    let last: [WeightKey: Tensor]
    var done = 0

    mutating func step(_ batch: Batch) throws(ParityError) -> Double {
        let expected = (done * recipe.batchSize)..<((done + 1) * recipe.batchSize)
        guard done < losses.count, batch.range == expected else {
            throw .mismatch("step \(done + 1) of the reference is on samples \(expected), asked for \(batch.range)")
        }
        done += 1
        return losses[done - 1]
    }

    func weights() throws(ParityError) -> [WeightKey: Tensor]? { done == losses.count ? last : nil }
}

/// The classes that targets of a cross-entropy name, as numbers or as rows with one 1.
private func classNumbers(in targets: Tensor, _ losses: [String]) -> [Int]? {
    let rows = targets.shape.first ?? 0
    switch losses.first {
    case "sparse_categorical_crossentropy" where targets.count == rows,
        "binary_crossentropy" where targets.count == rows:
        let numbers = targets.elements.compactMap { Int(exactly: $0) }
        return numbers.count == rows ? numbers : nil
    case "categorical_crossentropy" where targets.shape.count == 2:
        let (classes, elements) = (targets.shape[1], targets.elements)
        let numbers = (0..<rows).compactMap { row in
            (0..<classes).max { elements[row * classes + $0] < elements[row * classes + $1] }
        }
        return numbers.count == rows ? numbers : nil
    default: return nil
    }
}

extension SideDescription {
    fileprivate init(_ stored: StoredArrays) {
        guard let about = stored.about else {
            self.init(name: "the reference", details: [Detail("file", stored.name)])
            return
        }
        let engine = about["engine"]?.string == "tf_keras" ? "tf_keras" : "Keras"
        let version = about["keras"]?.string ?? "?"
        let keys = [
            "model", "model_sha256", "keras", "backend", "tensorflow", "jax", "torch", "numpy", "python", "machine",
        ]
        let details = keys.compactMap { key in about[key]?.string.map { Detail(key, $0) } }
        self.init(name: "\(engine) \(version) (stored)", details: [Detail("file", stored.name)] + details)
    }
}

extension StoredArrays {
    fileprivate func weights(_ kind: String) -> [WeightKey: Tensor] {
        let pairs = tree(kind, numbers: 1).map { (WeightKey($0.layer, $0.numbers[0]), $0.tensor) }
        return Dictionary(pairs) { first, _ in first }
    }
}

extension TrainingRecipe {
    /// How a bundle's weights were trained.
    fileprivate init?(_ about: Options?, _ losses: [String], steps: Int) {
        guard steps > 0, !losses.isEmpty, let size = about?["batch_size"]?.int, size > 0,
            let optimizer = about?["optimizer"]?.object, let className = optimizer["class_name"]?.string
        else { return nil }
        let options = optimizer["config"]?.object ?? Options()
        self.init(
            optimizer: .fresh(className: className, options: options), losses: losses, steps: steps, batchSize: size)
    }
}
