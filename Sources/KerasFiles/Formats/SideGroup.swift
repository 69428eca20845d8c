import HDF5
import Network
import Tensors
import Training

/// What Keras has no place for: where a run of training stands, so that it goes on as if it had never stopped.
///
///     /keras_bridge                  attribute training_state: JSON with seed, epoch, batch and sums
///     /keras_bridge/optimizer/0, 1…  the optimizer's variables in Keras 3's order, where the format beside keeps less
///
/// The group stands at the root of `.h5` and `.weights.h5` and of the `model.weights.h5` in an archive. Keras looks at
/// no group that it does not know, and leaves it out when it saves the model again. MAY be missing, in whole or in part.
enum SideGroup {
    static let name = "keras_bridge"

    /// Where the run stood; `nil` where the file does not say.
    static func progress(in source: OpenFile, limits: JSON.Limits) throws(KerasError) -> Options? {
        let text = try kerasErrors { () throws(HDF5Error) -> String? in
            guard try source.file.root.entry(name) == .group else { return nil }
            let group = try source.file.root.group(name)
            return try group.attributes.contains("training_state") ? group.attributes.string("training_state") : nil
        }
        guard let text else { return nil }
        do throws(JSONError) {
            return try JSON.parse(text, limits: limits).object
        } catch {
            throw KerasError(
                Place(file: source.file.root.place.file, object: "/" + name, attribute: "training_state"),
                .badJSON(error))
        }
    }

    /// The optimizer's variables; `nil` where the group has none.
    static func optimizerVariables(in source: OpenFile) throws(KerasError) -> [StoredArray]? {
        let path = name + "/optimizer"
        let count = try kerasErrors { () throws(HDF5Error) -> Int in
            guard try source.file.root.entry(name) == .group, try source.file.root.entry(path) == .group else {
                return 0
            }
            return try source.file.root.group(path).names().count
        }
        var variables: [StoredArray] = []
        for number in 0..<count { variables.append(try StoredArray("\(path)/\(number)", in: source)) }
        return variables.isEmpty ? nil : variables
    }

    static func write(
        _ progress: Options, optimizer: [OptimizerVariable], into root: borrowing Group
    ) throws(HDF5Error) {
        let group = try root.createGroup(name)
        try group.attributes.write("training_state", string: JSON.text(.object(progress)))
        for (number, variable) in optimizer.enumerated() {
            try LegacyH5.write(variable, to: group, at: "optimizer/\(number)")
        }
    }
}
