import KerasFiles
import Networks
import Tensors

extension KerasSide {
    /// What Keras makes of these samples, for a file that proves itself; ``StoredReference/init(_:name:)`` replays it.
    ///
    /// - Parameter model: what was read from the file: a digest of each of its weights goes along, so that one that
    ///   changed is known even where it changes no prediction.
    public func proof(of inputs: Inputs, _ model: Model) throws(ParityError) -> Proof {
        guard inputs.count > 0 else { throw .nothingToCompare }
        let batch = inputs.batch(0..<inputs.count)
        let outputs = try outputs(batch)
        var arrays = batch.inputs.enumerated().map { Proof.Array("inputs/\($0)", $1) }
        arrays += outputs.enumerated().map { Proof.Array("outputs/\($0)", $1) }
        if let labels = batch.labels {
            arrays.append(Proof.Array("labels", Tensor([labels.count], labels.map { Float($0) })))
        }
        var about = about
        about["weights"] = .object(Options(model.weightDigests.map { ($0.name, .string($0.digest)) }))
        return Proof(about: about, arrays: arrays)
    }
}

extension StoredReference {
    /// The proof that a file carries, as a side with inputs.
    ///
    /// - Parameter name: what the file is called.
    public init(_ proof: Proof, name: String) throws(ParityError) {
        try self.init(StoredArrays(name: "the proof in \(name)", proof))
    }
}

extension Model {
    /// A digest of every weight's numbers: FNV-1a in 64 bits over their float32 bits, in hexadecimal.
    ///
    /// It tells accidents, not attacks: who changes a weight on purpose can change the digest too.
    public var weightDigests: [(name: String, digest: String)] {
        zip(weightNames, layers.flatMap(\.weights)).map { entry, value in
            let hash = value.withElements { elements in
                elements.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, element in
                    (hash ^ UInt64(element.bitPattern)) &* 0x100_0000_01B3
                }
            }
            return (entry.name, String(hash, radix: 16))
        }
    }

    /// The weights that are not those of a proof.
    func weightsChanged(since digests: Options) -> [String] {
        weightDigests.filter { digests[$0.name]?.string != $0.digest }.map(\.name)
    }
}
