import Tensors

/// The number of the bin that each number falls into; Keras' `Discretization`.
///
///     y = how many boundaries are ≤ x
///
/// With an output mode other than `int` the bins' numbers are encoded as ``CategoryEncoding`` says.
public struct Discretization: UnaryLayer {
    public static let kerasName = "Discretization"

    /// The borders between the bins, in ascending order.
    public var binBoundaries: [Double]
    /// How bins are encoded; `nil` gives their numbers.
    public var mode: CategoryEncoding.Mode?

    public init(binBoundaries: [Double], mode: CategoryEncoding.Mode? = nil) {
        self.binBoundaries = binBoundaries
        self.mode = mode
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        binBoundaries = try options.required("bin_boundaries", "numbers in ascending order; adapt the layer first") {
            guard let list = $0.array else { return nil }
            let numbers = list.compactMap(\.double)
            return numbers.count == list.count && numbers == numbers.sorted() ? numbers : nil
        }
        let isInt = [nil, "int"].contains(options.value("output_mode")?.string)
        mode = isInt ? nil : try options.choice("output_mode", default: .multiHot)
        try options.refuse("sparse")
        options.ignore("num_bins", "epsilon")  // how the boundaries were found
    }

    public var options: Options {
        [
            "bin_boundaries": .array(binBoundaries.map { .double($0) }), "num_bins": nil, "epsilon": .double(0.01),
            "output_mode": .string(mode?.rawValue ?? "int"), "sparse": false,
        ]
    }

    private var encoding: CategoryEncoding? {
        mode.map { CategoryEncoding(numTokens: binBoundaries.count + 1, mode: $0) }
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        try encoding?.outputShape(for: input) ?? input
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let borders = binBoundaries.map { Float($0) }
        let bins = mapped(x, on: context.pool) { x in Float(borders.count { $0 <= x }) }
        return Pass(x, encoding?.forward(bins, [], context).y ?? bins)
    }

    // MARK: a bin's number has no gradient

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(input: nil)
    }
}
