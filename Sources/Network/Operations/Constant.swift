import Tensors

/// Numbers that an ``Operation`` takes in the place of a tensor.
public struct Constant: Sendable, Equatable {
    public var tensor: Tensor

    public init(_ tensor: Tensor) { self.tensor = tensor }

    /// One number.
    public init(_ number: Float) { tensor = Tensor([], [number]) }

    /// The number or the nested lists of a file; `nil` for anything else.
    init?(_ value: OptionValue) {
        // Arrays of NumPy and TensorFlow stand in an object that says their dtype.
        let wrapped = value.object.flatMap { object in
            ["__numpy__", "__tensor__"].contains(object["class_name"]?.string)
                ? object["config"]?.object?["value"] : nil
        }
        guard let (extents, numbers) = Self.flattened(wrapped ?? value) else { return nil }
        tensor = Tensor(Shape(extents), numbers)
    }

    private static func flattened(_ value: OptionValue) -> (extents: [Int], numbers: [Float])? {
        if let number = value.double { return ([], [Float(number)]) }
        guard let list = value.array, !list.isEmpty else { return nil }
        let parts = list.compactMap(flattened)
        guard parts.count == list.count, parts.allSatisfy({ $0.extents == parts[0].extents }) else { return nil }
        return ([parts.count] + parts[0].extents, parts.flatMap(\.numbers))
    }

    var optionValue: OptionValue {
        func nested(_ axis: Int, _ start: Int) -> OptionValue {
            guard axis < tensor.shape.count else { return .double(Double(tensor[start])) }
            let size = tensor.shape.dropFirst(axis + 1).reduce(1, *)
            return .array((0..<tensor.shape[axis]).map { nested(axis + 1, start + $0 * size) })
        }
        return nested(0, 0)
    }
}

extension OptionReader {
    /// A number, or numbers in lists, where an operation is not given a tensor.
    mutating func constant(_ name: String) throws(OptionError) -> Constant? {
        try optional(name, "a number or nested lists of numbers", Constant.init)
    }
}
