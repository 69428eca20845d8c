import KerasBridge

/// The arrays that `--input` names, in the order in which a model takes them.
struct InputFiles {
    /// One for each input, read as its samples are asked for where the file allows it.
    let arrays: [InputArray]
    let description: String

    /// Reads `x.npy`, `name=x.npy` and `inputs.npz`.
    init(_ arguments: [String], for model: Model) throws {
        let names = model.inputs.map { model.layers[$0].name }
        var named: [String: InputArray] = [:]
        var unnamed: [InputArray] = []
        for argument in arguments {
            let (name, path) = Self.split(argument)
            if let name {
                guard names.contains(name) else {
                    throw CommandError(
                        .usage, "the model has no input \"\(name)\"; its inputs: \(names.joined(separator: ", "))")
                }
                named[name] = try Self.read(path)
            } else if path.hasSuffix(".npz") {
                // Counted before any is unpacked.
                let found = try NPZ.names(path: path)
                guard !found.isEmpty else {
                    throw DataError.malformed(file: path, problem: "it holds no array, expected one for each input")
                }
                guard found.count <= names.count else { throw Self.wrongCount(found.count, names) }
                let tensors = try NPZ.tensors(path: path)
                if Set(found) == Set(names) {
                    for (name, tensor) in tensors { named[name] = InputArray(tensor) }
                } else {
                    unnamed += tensors.map { InputArray($0.tensor) }
                }
            } else {
                unnamed.append(try Self.read(path))
            }
        }
        var rest = unnamed[...]
        var chosen: [InputArray] = []
        for name in names {
            if let tensor = named[name] ?? rest.popFirst() { chosen.append(tensor) }
        }
        guard rest.isEmpty, chosen.count == names.count else {
            throw Self.wrongCount(named.count + unnamed.count, names)
        }
        for (name, array) in zip(names, chosen) where array.shape.isEmpty {
            throw CommandError(.badInput, "input \"\(name)\" is a single number, expected [samples, …]")
        }
        arrays = chosen
        description = arguments.joined(separator: ", ")
    }

    private static func wrongCount(_ found: Int, _ names: [String]) -> CommandError {
        CommandError(
            .usage, "the model takes \(names.count) input(s) (\(names.joined(separator: ", "))), found \(found)")
    }

    /// `name=path`, or a path alone.
    private static func split(_ argument: String) -> (name: String?, path: String) {
        guard let middle = argument.firstIndex(of: "="), !argument[..<middle].contains("/") else {
            return (nil, argument)
        }
        return (String(argument[..<middle]), String(argument[argument.index(after: middle)...]))
    }

    private static func read(_ path: String) throws(DataError) -> InputArray {
        guard path.hasSuffix(".npy") else {
            throw .malformed(
                file: path, problem: "expected a NumPy file, .npy or .npz")
        }
        let file = try NPYSamples(path: path)
        return InputArray(shape: file.shape, samples: file.samples)
    }
}

/// The samples of one input.
struct InputArray: Sendable {
    var shape: Shape
    var samples: @Sendable (Range<Int>) -> Tensor

    init(shape: Shape, samples: @escaping @Sendable (Range<Int>) -> Tensor) {
        (self.shape, self.samples) = (shape, samples)
    }

    init(_ tensor: Tensor) { self.init(shape: tensor.shape) { tensor.samples($0) } }
}
