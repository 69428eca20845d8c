import HDF5
import Networks
import Tensors

/// The `.keras` archive of Keras 3 and tf_keras: a zip of three members, all stored without compression.
///
///     metadata.json      {"keras_version": "3.15.1", "date_saved": …}     MAY be missing
///     config.json        the architecture, with build and compile configuration
///     model.weights.h5   the variables, as `WeightsH5` says
///
/// `assets/…` may follow (vocabularies) and is passed over; any other member is refused. Weights as `model.weights.npz` hold Python objects and are
/// refused. Nothing is unpacked to disk; members are read whole, within limits, by these names alone. Keras 3 can also
/// write the three as files of a folder.
struct KerasArchive {
    let config: [UInt8]
    let metadata: [UInt8]?
    /// `nil` where they were not asked for.
    private(set) var weights: FileMemory?

    init(config: [UInt8], metadata: [UInt8]?) {
        self.config = config
        self.metadata = metadata
    }

    /// Reads an archive file.
    init(path: String, limits: ReadingLimits, withWeights: Bool) throws(KerasError) {
        try self.init(named: path, withWeights: withWeights) { () throws(ZipArchive.Fault) in
            try ZipArchive(path: path, limits: limits.zip)
        }
    }

    /// Reads an archive that lies in memory.
    init(bytes: UnsafeRawBufferPointer, named name: String, limits: ReadingLimits) throws(KerasError) {
        try self.init(named: name, withWeights: true) { () throws(ZipArchive.Fault) in
            try ZipArchive(bytes: bytes, limits: limits.zip)
        }
    }

    private init(
        named path: String, withWeights: Bool, opening open: () throws(ZipArchive.Fault) -> ZipArchive
    ) throws(KerasError) {
        do throws(ZipArchive.Fault) {
            let archive = try open()
            try archive.checkNames()
            guard let config = try archive.read("config.json") else {
                throw ZipArchive.Fault(
                    reason: "it has no member config.json; present: \(archive.names.prefix(8).joined(separator: ", "))")
            }
            self.config = config
            metadata = try archive.read("metadata.json")
            guard archive.members["model.weights.h5"] != nil else {
                throw ZipArchive.Fault(
                    member: archive.members["model.weights.npz"].map { _ in "model.weights.npz" },
                    reason: archive.members["model.weights.npz"] == nil
                        ? "it has no member model.weights.h5"
                        : "weights as NumPy archives hold Python objects and are not read, by Keras neither")
            }
            if withWeights { weights = try archive.memory("model.weights.h5") }
        } catch {
            throw KerasError(
                Place(file: path, object: error.member), .damaged(reason: error.reason))
        }
    }
}

extension ZipArchive {
    /// Checks that there are only members that Keras writes.
    func checkNames() throws(Fault) {
        let known = ["config.json", "metadata.json", "model.weights.h5", "model.weights.npz", "model.weights.json"]
        for name in names where !known.contains(name) && !name.hasPrefix("assets/") {
            // Weights in several files: model_00000.weights.h5 and so on.
            let isShard =
                name.hasPrefix("model_") && name.hasSuffix(".weights.h5")
                && name.dropFirst(6).dropLast(11).allSatisfy { ("0"..."9").contains($0) }
            guard isShard else {
                throw Fault(
                    member: name,
                    reason: "no Keras writes a member of this name; known: \(known.joined(separator: ", ")), assets/")
            }
        }
    }
}
