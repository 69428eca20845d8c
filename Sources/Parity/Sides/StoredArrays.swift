import Foundation
import HDF5
import KerasFiles
import Networks
import Tensors
import Training

/// Arrays by name, and what they are about where they are a bundle.
///
/// `Scripts/keras_reference.py` writes bundles:
///
///     about                                    the bytes of a JSON text: format, version, facts, losses, optimizer
///     inputs/0 …                               in model order, one sample along the first axis
///     outputs/0 …                              what the model predicts
///     activations/<layer>/<call>/<output>      every call of every layer
///     labels                                   the class of each sample
///     targets/0 …                              what losses are computed against
///     gradients/<layer>/<weight>               of the loss by layer.weights[weight]
///     steps/losses, weights/<layer>/<weight>   after optimizer steps on consecutive batches
struct StoredArrays: Sendable {
    var name: String
    private(set) var arrays: [(name: String, tensor: Tensor)] = []
    private(set) var about: Options?

    init(name: String) { self.name = name }

    /// The proof that a file carries.
    init(name: String, _ proof: Proof) throws(ParityError) {
        self.name = name
        arrays = proof.arrays.map { ($0.name, $0.value) }
        about = try StoredArrays.checked(proof.about, name)
    }

    /// Reads a file by its ending: `.npy`, `.npz`, `.h5`, `.hdf5`.
    mutating func add(contentsOf path: String) throws(ParityError) {
        guard FileManager.default.fileExists(atPath: path) else { throw .fileMissing(path) }
        switch path.split(separator: ".").last?.lowercased() {
        case "npy":
            let array = try reading(path) { () throws(DataError) in try NPY.read(path: path) }
            arrays.append((path, array.tensor()))
        case "npz":
            let found = try reading(path) { () throws(DataError) in try NPZ.read(path: path) }
            for (name, array) in found {
                if name == "about" { try describe(array.bytes, path) } else { arrays.append((name, array.tensor())) }
            }
        case "h5", "hdf5":
            let (found, bytes) = try reading(path) { () throws(HDF5Error) in try StoredArrays.datasets(path) }
            arrays += found
            if let bytes { try describe(bytes, path) }
        default: throw .file(path, reason: "values are read from files that end in .npy, .npz, .h5 or .hdf5")
        }
    }

    /// The array of this name.
    subscript(name: String) -> Tensor? { arrays.first { $0.name == name }?.tensor }

    /// The arrays `kind/0`, `kind/1`, …, in the order of their numbers.
    func list(_ kind: String) -> [Tensor] {
        let byName = Dictionary(arrays.lazy.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        return sequence(first: 0) { $0 + 1 }.lazy.map { byName["\(kind)/\($0)"] }.prefix { $0 != nil }.compactMap { $0 }
    }

    /// The arrays `kind/<layer>/<number>…`, whose layers' names may hold slashes too.
    func tree(_ kind: String, numbers count: Int) -> [(layer: String, numbers: [Int], tensor: Tensor)] {
        arrays.compactMap { name, tensor in
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            let numbers = parts.suffix(count).compactMap { Int($0) }
            guard parts.count > count + 1, parts[0] == kind, numbers.count == count else { return nil }
            return (parts.dropFirst().dropLast(count).joined(separator: "/"), numbers, tensor)
        }
    }

    /// Takes the text that says what the arrays are about.
    private mutating func describe(_ bytes: [UInt8], _ path: String) throws(ParityError) {
        let value = try reading(path) { () throws(JSONError) in try JSON.parse(bytes) }
        about = try StoredArrays.checked(value.object ?? Options(), path)
    }

    private static func checked(_ about: Options, _ name: String) throws(ParityError) -> Options {
        guard about["format"]?.string == "keras-bridge-reference", about["version"]?.int == 1 else {
            throw .file(name, reason: "its \"about\" is not that of a reference bundle of version 1")
        }
        return about
    }

    /// All datasets of an HDF5 file by their paths, and the bytes of one that is called `about`.
    private static func datasets(
        _ path: String
    ) throws(HDF5Error) -> (arrays: [(name: String, tensor: Tensor)], about: [UInt8]?) {
        let file = try File(path: path)
        let budget = ReadingBudget(Limits())
        var found: [(name: String, tensor: Tensor)] = []
        var about: [UInt8]?
        for entry in try file.root.descendants() where entry.entry == .dataset {
            let dataset = try file.root.dataset(entry.path)
            try budget.charge(dataset, of: MemoryLayout<Float>.size)
            if entry.path == "about" {
                about = try dataset.read(as: UInt8.self)
            } else {
                found.append((entry.path, Tensor(Shape(dataset.shape), try dataset.read(as: Float.self))))
            }
        }
        return (found, about)
    }
}

/// Passes on what a reader says as an error of ours about a file.
func reading<Result, Failure: Error & CustomStringConvertible>(
    _ path: String, _ body: () throws(Failure) -> Result
) throws(ParityError) -> Result {
    do {
        return try body()
    } catch {
        // Readers name the file themselves, mostly; once is enough.
        let sentence = error.description
        let start = [path + ": ", path + " — ", path].first { sentence.hasPrefix($0) } ?? ""
        throw .file(path, reason: String(sentence.dropFirst(start.count)))
    }
}
