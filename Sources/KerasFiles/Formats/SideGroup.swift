import HDF5
import Networks
import Tensors
import Training

/// What Keras has no place for: where a run of training stands, so that it goes on as if it had never stopped.
///
///     /keras_bridge                    attribute training_state: JSON with seed, epoch, batch, sums, callbacks
///                                      attribute compile_config: how the model is compiled, in Keras 3's words
///     /keras_bridge/optimizer/0, 1…    the optimizer's variables in Keras 3's order, where the format beside keeps less
///     /keras_bridge/callbacks/2/0, 1…  the weights that the callback of this number keeps, in the model's order
///
/// The group stands at the root of `.h5` and `.weights.h5` and of the `model.weights.h5` in an archive. Keras looks at
/// no group that it does not know, and leaves it out when it saves the model again. MAY be missing, in whole or in part.
enum SideGroup {
    static let name = "keras_bridge"

    // MARK: Reading

    /// Where the run stood; `nil` where the file does not say.
    static func progress(in source: OpenFile, limits: JSON.Limits) throws(KerasError) -> Options? {
        try json("training_state", in: source, limits: limits)?.object
    }

    /// How the model is compiled, with what the format beside has no words for; `nil` where the file does not say.
    static func training(in source: OpenFile, limits: JSON.Limits) throws(KerasError) -> TrainingConfig? {
        try json("compile_config", in: source, limits: limits).flatMap { TrainingConfig(reading: $0, major: 3) }
    }

    private static func json(
        _ attribute: String, in source: OpenFile, limits: JSON.Limits
    ) throws(KerasError) -> OptionValue? {
        let text = try kerasErrors { () throws(HDF5Error) -> String? in
            guard try source.file.root.entry(name) == .group else { return nil }
            let group = try source.file.root.group(name)
            return try group.attributes.contains(attribute) ? group.attributes.string(attribute) : nil
        }
        guard let text else { return nil }
        do throws(JSONError) {
            return try JSON.parse(text, limits: limits)
        } catch {
            throw KerasError(
                Place(file: source.file.root.place.file, object: "/" + name, attribute: attribute), .badJSON(error))
        }
    }

    /// The optimizer's variables; `nil` where the group has none.
    static func optimizerVariables(in source: OpenFile) throws(KerasError) -> [StoredArray]? {
        let variables = try arrays(below: "optimizer", in: source)
        return variables.isEmpty ? nil : variables
    }

    /// The weights that a callback keeps; `nil` where it keeps none, or those of another model.
    static func keptWeights(
        of callback: Int, for model: Model, in source: OpenFile
    ) throws(KerasError) -> [[Tensor]]? {
        var rest = try arrays(below: "callbacks/\(callback)", in: source)[...]
        let shapes = model.layers.map { $0.weights.map(\.shape) }
        guard !rest.isEmpty, rest.map(\.shape) == shapes.flatMap(\.self) else { return nil }
        var weights: [[Tensor]] = []
        for layer in shapes {
            var tensors: [Tensor] = []
            for array in rest.prefix(layer.count) { tensors.append(try array.tensor()) }
            weights.append(tensors)
            rest = rest.dropFirst(layer.count)
        }
        return weights
    }

    /// The datasets 0, 1, … of a group, none where it is missing.
    private static func arrays(below group: String, in source: OpenFile) throws(KerasError) -> [StoredArray] {
        var path = name
        let count = try kerasErrors { () throws(HDF5Error) -> Int in
            guard try source.file.root.entry(path) == .group else { return 0 }
            for part in group.split(separator: "/") {
                path += "/" + part
                guard try source.file.root.entry(path) == .group else { return 0 }
            }
            return try source.file.root.group(path).names().count
        }
        var arrays: [StoredArray] = []
        for number in 0..<count { arrays.append(try StoredArray("\(path)/\(number)", in: source)) }
        return arrays
    }

    // MARK: Writing

    static func write(
        _ progress: Options, training: TrainingConfig?, optimizer: [OptimizerVariable],
        keptWeights: [Int: [[Tensor]]], into root: borrowing Group
    ) throws(HDF5Error) {
        let group = try root.createGroup(name)
        try group.attributes.write("training_state", string: JSON.text(.object(progress)))
        if let training {
            try group.attributes.write("compile_config", string: JSON.text(training.compileConfig(.keras3)))
        }
        for (number, variable) in optimizer.enumerated() {
            try LegacyH5.write(variable, to: group, at: "optimizer/\(number)")
        }
        for (callback, weights) in keptWeights.sorted(by: { $0.key < $1.key }) {
            for (number, tensor) in weights.flatMap(\.self).enumerated() {
                try StoredValues.float32.write(
                    tensor, to: group, at: "callbacks/\(callback)/\(number)", allowsBFloat16: false)
            }
        }
    }
}
