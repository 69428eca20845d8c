import HDF5
import Networks
import Tensors

/// Some samples and what Keras makes of them, kept in a model's file so that the file carries its own test.
///
/// Whoever changes the weights takes the proof away: it is one of these weights alone.
public struct Proof: Sendable, Equatable {
    /// Which Keras gave the outputs, as bundles say it, and digests of the weights.
    public var about: Options
    /// `inputs/0`, …, `outputs/0`, …, as in the bundles of `Scripts/keras_reference.py`.
    public var arrays: [Array]

    /// A tensor and its name.
    public struct Array: Sendable, Equatable {
        public var name: String
        public var value: Tensor

        public init(_ name: String, _ value: Tensor) {
            self.name = name
            self.value = value
        }
    }

    public init(about: Options, arrays: [Array]) {
        self.about = about
        self.arrays = arrays
    }
}

/// Where a file keeps its proof.
///
///     /keras_bridge/proof             attribute about: JSON, as in the bundles of Scripts/keras_reference.py
///     /keras_bridge/proof/inputs/0…   float32, one sample along the first axis
///     /keras_bridge/proof/outputs/0…  float32, what `model.predict` gave
///
/// The group stands at the root of `.h5` and `.weights.h5` and of the `model.weights.h5` in an archive. Keras looks at
/// no group that it does not know, and leaves it out when it saves the model again. MAY be missing.
enum ProofGroup {
    private static let parent = "keras_bridge"
    private static let path = "keras_bridge/proof"

    /// The proof of a file; `nil` where it has none.
    static func read(in source: OpenFile, limits: JSON.Limits) throws(KerasError) -> Proof? {
        typealias Found = (about: String, arrays: [Proof.Array])
        let found = try kerasErrors { () throws(HDF5Error) -> Found? in
            guard try source.file.root.entry(parent) == .group, try source.file.root.entry(path) == .group else {
                return nil
            }
            let group = try source.file.root.group(path)
            var arrays: [Proof.Array] = []
            for entry in try group.descendants() where entry.entry == .dataset {
                let dataset = try group.dataset(entry.path)
                try source.budget.charge(dataset, of: MemoryLayout<Float>.size)
                arrays.append(Proof.Array(entry.path, Tensor(Shape(dataset.shape), try dataset.read(as: Float.self))))
            }
            return (try group.attributes.string("about"), arrays)
        }
        guard let found else { return nil }
        do throws(JSONError) {
            return Proof(about: try JSON.parse(found.about, limits: limits).object ?? Options(), arrays: found.arrays)
        } catch {
            let file = source.file.root.place.file
            throw KerasError(Place(file: file, object: "/" + path, attribute: "about"), .badJSON(error))
        }
    }

    static func write(_ proof: Proof, into root: borrowing Group) throws(HDF5Error) {
        let group = try root.requireGroup(path)
        try group.attributes.write("about", string: JSON.text(.object(proof.about)))
        for array in proof.arrays {
            try group.createDataset(array.name, shape: array.value.shape.extents, values: array.value.elements)
        }
    }
}

extension KerasFile {
    /// Takes the proof that the file carries, or says why not: weights are worth having without it.
    mutating func takeProof(from source: OpenFile, _ limits: JSON.Limits) {
        do {
            proof = try ProofGroup.read(in: source, limits: limits)
        } catch {
            notes.append("the file's proof was not read: \(error)")
        }
    }
}
