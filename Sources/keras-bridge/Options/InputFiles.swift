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
                let arrays = try NPZ.read(path: path)
                guard !arrays.isEmpty else {
                    throw DataError.malformed(file: path, problem: "it holds no array, expected one for each input")
                }
                if Set(arrays.map(\.name)) == Set(names) {
                    for (name, array) in arrays { named[name] = InputArray(array.tensor()) }
                } else {
                    unnamed += arrays.map { InputArray($0.array.tensor()) }
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
            throw CommandError(
                .usage,
                "the model takes \(names.count) input(s) (\(names.joined(separator: ", "))), "
                    + "found \(named.count + unnamed.count)")
        }
        for (name, array) in zip(names, chosen) where array.shape.isEmpty {
            throw CommandError(.badInput, "input \"\(name)\" is a single number, expected [samples, …]")
        }
        arrays = chosen
        description = arguments.joined(separator: ", ")
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
