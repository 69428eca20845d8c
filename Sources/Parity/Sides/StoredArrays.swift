import Foundation
import HDF5
import KerasFiles
import Network
import Tensors
import Training

/// Arrays by name, and the JSON that says what each of them is where they are a bundle.
///
/// A bundle's `meta` array holds the bytes of a JSON object: `format`, `version`, facts about the Keras that made it, and
/// for each of `inputs`, `outputs`, `activations`, `targets` and `gradients` a list of objects that name an `array` and say
/// which it is (`layer`, `call`, `output`, `weight`).
struct StoredArrays: Sendable {
    var name: String
    private(set) var arrays: [(name: String, tensor: Tensor)] = []
    private(set) var meta: Options?

    init(name: String) { self.name = name }

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
                if name == "meta" { try describe(array.bytes, path) } else { arrays.append((name, array.tensor())) }
            }
        case "h5", "hdf5":
            let (found, bytes) = try reading(path) { () throws(HDF5Error) in try StoredArrays.datasets(path) }
            arrays += found
            if let bytes { try describe(bytes, path) }
        default: throw .file(path, reason: "values are read from files that end in .npy, .npz, .h5 or .hdf5")
        }
    }

    /// Takes the text that says what the arrays are.
    private mutating func describe(_ bytes: [UInt8], _ path: String) throws(ParityError) {
        let value = try reading(path) { () throws(JSONError) in try JSON.parse(bytes) }
        guard let object = value.object, object["format"]?.string == "keras-bridge-reference",
            object["version"]?.int == 1
        else { throw .file(path, reason: "its \"meta\" is not that of a reference bundle of version 1") }
        meta = object
    }

    /// All datasets of an HDF5 file by their paths, and the bytes of one that is called `meta`.
    private static func datasets(
        _ path: String
    ) throws(HDF5Error) -> (arrays: [(name: String, tensor: Tensor)], meta: [UInt8]?) {
        let file = try File(path: path)
        var found: [(name: String, tensor: Tensor)] = []
        var meta: [UInt8]?
        for entry in try file.root.descendants() where entry.entry == .dataset {
            let dataset = try file.root.dataset(entry.path)
            if entry.path == "meta" {
                meta = try dataset.read(as: UInt8.self)
            } else {
                found.append((entry.path, Tensor(Shape(dataset.shape), try dataset.read(as: Float.self))))
            }
        }
        return (found, meta)
    }

    /// The arrays of a kind with what the bundle says about each, in its order.
    func tensors(_ kind: String) throws(ParityError) -> [(facts: Options, tensor: Tensor)] {
        var found: [(facts: Options, tensor: Tensor)] = []
        for entry in meta?[kind]?.array ?? [] {
            guard let facts = entry.object, let wanted = facts["array"]?.string else { continue }
            guard let tensor = arrays.first(where: { $0.name == wanted })?.tensor else {
                throw .file(name, reason: "it names an array \"\(wanted)\" that it does not hold")
            }
            found.append((facts, tensor))
        }
        return found
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
