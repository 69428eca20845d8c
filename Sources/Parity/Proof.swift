import KerasFiles
import Network
import Tensors

extension KerasSide {
    /// What Keras makes of these samples, for a file that proves itself; ``StoredReference/init(_:name:)`` replays it.
    public func proof(of inputs: Inputs) throws(ParityError) -> Proof {
        guard inputs.count > 0 else { throw .nothingToCompare }
        let batch = inputs.batch(0..<inputs.count)
        let outputs = try outputs(batch)
        var arrays = batch.inputs.enumerated().map { Proof.Array("inputs/\($0)", $1) }
        arrays += outputs.enumerated().map { Proof.Array("outputs/\($0)", $1) }
        if let labels = batch.labels {
            arrays.append(Proof.Array("labels", Tensor([labels.count], labels.map { Float($0) })))
        }
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
