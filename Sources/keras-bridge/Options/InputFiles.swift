import KerasBridge

/// The arrays that `--input` names, in the order in which a model takes them.
struct InputFiles {
    let tensors: [Tensor]
    let description: String

    /// Reads `x.npy`, `name=x.npy` and `inputs.npz`.
    init(_ arguments: [String], for model: Model) throws {
        let names = model.inputs.map { model.layers[$0].name }
        var named: [String: Tensor] = [:]
        var unnamed: [Tensor] = []
        for argument in arguments {
            let (name, path) = Self.split(argument)
            if let name {
                guard names.contains(name) else {
                    throw CommandError(
                        .usage, "the model has no input \"\(name)\"; its inputs: \(names.joined(separator: ", "))")
                }
                named[name] = try Self.read(path)
            } else if path.hasSuffix(".npz") {
                let arrays = try NPZ.read(path: path)
                if Set(arrays.map(\.name)) == Set(names) {
                    for (name, array) in arrays { named[name] = array.tensor() }
                } else {
                    unnamed += arrays.map { $0.array.tensor() }
                }
            } else {
                unnamed.append(try Self.read(path))
            }
        }
        var rest = unnamed[...]
        var tensors: [Tensor] = []
        for name in names {
            if let tensor = named[name] ?? rest.popFirst() { tensors.append(tensor) }
        }
        guard rest.isEmpty, tensors.count == names.count else {
            throw CommandError(
                .usage,
                "the model takes \(names.count) input(s) (\(names.joined(separator: ", "))), "
                    + "found \(named.count + unnamed.count)")
        }
        for (name, tensor) in zip(names, tensors) where tensor.shape.isEmpty {
            throw CommandError(.badInput, "input \"\(name)\" is a single number, expected [samples, …]")
        }
        self.tensors = tensors
        description = arguments.joined(separator: ", ")
    }

    /// `name=path`, or a path alone.
    private static func split(_ argument: String) -> (name: String?, path: String) {
        guard let middle = argument.firstIndex(of: "="), !argument[..<middle].contains("/") else {
            return (nil, argument)
        }
        return (String(argument[..<middle]), String(argument[argument.index(after: middle)...]))
    }

    private static func read(_ path: String) throws(DataError) -> Tensor {
        guard path.hasSuffix(".npy") else {
            throw .malformed(
                file: path, problem: "expected a NumPy file, .npy or .npz; images are read by no command yet")
        }
        return try NPY.read(path: path).tensor()
    }
}
