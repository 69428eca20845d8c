import Tensors

/// Subtracts a mean and divides by a deviation that were measured before; Keras' `Normalization`.
///
///     y = (x − mean) / max(√variance, 1e-7)      or, inverted,      y = x · max(√variance, 1e-7) + mean
///
/// Mean and variance have the input's extents along `axes`. They are options, or else weights that a file brings along.
public struct Normalization: UnaryLayer {
    public static let kerasName = "Normalization"

    /// The axes along which each place has a mean of its own; none for one mean of all.
    public var axes: [Int]
    public var invert: Bool
    /// One number, or one for each place along the axes, in C order; `nil` where the mean is a weight.
    public var mean: [Double]?
    public var variance: [Double]?

    public init(axes: [Int] = [-1], invert: Bool = false, mean: [Double]? = nil, variance: [Double]? = nil) {
        precondition(mean?.count == variance?.count, "Normalization needs mean and variance of one size, or neither")
        self.axes = axes
        self.invert = invert
        self.mean = mean
        self.variance = variance
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        // An empty list, as Keras writes `axis=None`, means none.
        axes = options.options["axis"]?.array?.isEmpty == true ? [] : try options.axes()
        _ = options.value("axis")
        invert = try options.bool("invert", default: false)
        mean = try options.optional("mean", "null, a number or a list of numbers") { Self.numbers($0) }
        let size = mean?.count
        variance = try options.optional("variance", "null where the mean is null, else as many numbers") { value in
            Self.numbers(value).flatMap { $0.count == size ? $0 : nil }
        }
        if mean != nil && variance == nil {
            throw .missing(layer: options.layer, option: "variance", present: options.options.names)
        }
    }

    private static func numbers(_ value: OptionValue) -> [Double]? {
        if let one = value.double { return [one] }
        guard let list = value.array, !list.isEmpty else { return nil }
        let parts = list.compactMap(numbers)
        return parts.count == list.count ? Array(parts.joined()) : nil
    }

    public var options: Options {
        func value(_ numbers: [Double]?) -> OptionValue {
            guard let numbers else { return .null }
            return numbers.count == 1 ? .double(numbers[0]) : .array(numbers.map { .double($0) })
        }
        return ["axis": OptionValue(axes), "invert": .bool(invert), "mean": value(mean), "variance": value(variance)]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let shape = try kept(input)
        guard let mean, mean.count != 1, mean.count != shape.elementCount else { return input }
        throw ShapeError(layer: "Normalization", expected: "\(mean.count) places along the axes \(axes)", found: input)
    }

    /// The input's extents along the axes.
    private func kept(_ input: Shape) throws(ShapeError) -> Shape {
        let positions = axes.map { $0 < 0 ? $0 + input.count : $0 }.sorted()
        guard positions.allSatisfy({ input.indices.contains($0) && input[$0] != Shape.unknown }) else {
            throw ShapeError(layer: "Normalization", expected: "known extents along the axes \(axes)", found: input)
        }
        return Shape(positions.map { input[$0] })
    }

    public func weights(for input: Shape) throws(ShapeError) -> [WeightSpec] {
        let shape = try kept(input)
        guard mean == nil else { return [] }
        return [
            WeightSpec("mean", shape, .zeros, isTrainable: false),
            WeightSpec("variance", shape, .ones, isTrainable: false),
            WeightSpec("count", [], .zeros, isTrainable: false),
        ]
    }

    // MARK: y = x · factor + shift

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (factor, mean) = (factor(weights, x.shape, context), aligned(mean, weights.first, x.shape))
        let pool = context.pool
        if invert { return Pass(x, adding(multiplying(x, factor, on: pool), mean, on: pool)) }
        return Pass(x, multiplying(subtracting(x, mean, on: pool), factor, on: pool))
    }

    // MARK: dx = dy · factor

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        Gradients(
            input: multiplying(dy, factor(weights, dy.shape, context), on: context.pool),
            weights: weights.map { _ in nil })
    }

    private func factor(_ weights: [Tensor], _ shape: Shape, _ context: Context) -> Tensor {
        let variance = aligned(variance, weights.dropFirst().first, shape)
        let invert = invert
        return mapped(variance, on: context.pool) { variance in
            let deviation = max(variance.squareRoot(), 1e-7)
            return invert ? deviation : 1 / deviation
        }
    }

    /// Mean or variance in a shape that broadcasts to that of the input.
    private func aligned(_ option: [Double]?, _ weight: Tensor?, _ shape: Shape) -> Tensor {
        let positions = Set(axes.map { $0 < 0 ? $0 + shape.count : $0 })
        if let option, option.count == 1 { return Tensor([1], [Float(option[0])]) }
        let numbers = option.map { Tensor([$0.count], $0.map { Float($0) }) } ?? weight
        guard let numbers else { preconditionFailure("Normalization without mean and variance") }
        return numbers.reshaped(to: Shape(shape.indices.map { positions.contains($0) ? shape[$0] : 1 }))
    }
}
