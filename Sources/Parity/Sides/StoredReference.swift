import Network
import Tensors

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

    private let outputs: [Tensor]
    private let layers: [LayerOutput]
    private let gradients: [WeightKey: Tensor]
    private let loss: Double
    private let targets: [Tensor]

    /// Reads reference values.
    ///
    /// - Parameter paths: one `.npz` or HDF5 file, or one `.npy` for each output in the model's order.
    public init(paths: [String]) throws(ParityError) {
        var all = StoredArrays(name: paths.joined(separator: ", "))
        for path in paths { try all.add(contentsOf: path) }
        try self.init(all)
    }

    init(_ stored: StoredArrays) throws(ParityError) {
        let meta = stored.meta
        let isBundle = meta != nil
        outputs = isBundle ? try stored.tensors("outputs").map(\.tensor) : stored.arrays.map(\.tensor)
        let given = try stored.tensors("inputs").map(\.tensor)
        targets = try stored.tensors("targets").map(\.tensor)
        guard let samples = outputs.first?.shape.first, samples > 0 else {
            throw .file(stored.name, reason: "there are no outputs in it")
        }
        layers = try stored.tensors("activations").map { facts, tensor in
            let key = TensorKey(
                facts["layer"]?.string ?? "", call: facts["call"]?.int ?? 0, output: facts["output"]?.int ?? 0)
            return LayerOutput(key, tensor)
        }
        let found = try stored.tensors("gradients").map { facts, tensor in
            (WeightKey(facts["layer"]?.string ?? "", facts["weight"]?.int ?? 0), tensor)
        }
        gradients = Dictionary(found) { first, _ in first }
        for tensor in outputs + given + targets + layers.map(\.value) where tensor.shape.first != samples {
            throw .file(
                stored.name, reason: "one array has \(tensor.shape.first ?? 0) samples, another \(samples)")
        }
        losses = gradients.isEmpty ? [] : (meta?["loss"]?.array ?? []).compactMap(\.string)
        loss = meta?["loss_value"]?.double ?? .nan
        var labels: [Int]?
        if outputs.count == 1, let target = targets.first { labels = classNumbers(in: target, losses: losses) }
        inputs = given.isEmpty ? nil : Inputs(description: stored.name, given, labels: labels)
        description = SideDescription(stored)
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
        guard !gradients.isEmpty else { throw .notAvailable("gradients", side: description.name) }
        guard batch.range == 0..<sampleCount, losses == self.losses else {
            throw .mismatch(
                "the reference's gradients are of \(self.losses.joined(separator: ", ")) on \(sampleCount) samples, "
                    + "asked for \(losses.joined(separator: ", ")) on \(batch.range.count)")
        }
        return GradientSet(loss: loss, gradients: gradients)
    }

    public func targets(_ range: Range<Int>) -> [Tensor]? {
        targets.isEmpty || range.upperBound > sampleCount ? nil : targets.map { $0.samples(range) }
    }

    public var gradientSamples: Int? { gradients.isEmpty ? nil : sampleCount }

    private var sampleCount: Int { outputs.first?.shape.first ?? 0 }

    private func check(_ range: Range<Int>) throws(ParityError) {
        guard range.upperBound <= sampleCount else {
            throw .mismatch("the reference has \(sampleCount) samples, the inputs at least \(range.upperBound)")
        }
    }
}

/// The classes that targets of a cross-entropy name, as numbers or as rows with one 1.
private func classNumbers(in targets: Tensor, losses: [String]) -> [Int]? {
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
        guard let meta = stored.meta else {
            self.init(name: "the reference", details: [Detail("file", stored.name)])
            return
        }
        let engine = meta["engine"]?.string == "tf_keras" ? "tf_keras" : "Keras"
        let version = meta["keras"]?.string ?? "?"
        let keys = ["model", "model_sha256", "keras", "backend", "numpy", "python", "machine"]
        let details = keys.compactMap { key in meta[key]?.string.map { Detail(key, $0) } }
        self.init(name: "\(engine) \(version) (stored)", details: [Detail("file", stored.name)] + details)
    }
}
