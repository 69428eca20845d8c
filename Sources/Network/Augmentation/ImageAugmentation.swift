import Tensors

/// A layer that changes images at random in training, and nothing in prediction: Keras' augmentation layers.
///
/// The input has shape `[batch, height, width, channels]`, the output the same. Every image draws numbers of its own,
/// with Keras' distributions.
public protocol ImageAugmentation: UnaryLayer {
    var seed: Int? { get }

    /// Whether prediction changes images too: false but for what draws nothing.
    var isAlwaysActive: Bool { get }

    /// The changed images.
    func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor

    /// The loss' gradient with respect to the images.
    func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor
}

extension ImageAugmentation {
    public var isAlwaysActive: Bool { false }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape { try imageShape(input) }

    /// The shape of images, that of the output too.
    func imageShape(_ input: Shape) throws(ShapeError) -> Shape {
        guard input.count == 4 else {
            throw ShapeError(layer: Self.kerasName, expected: "[batch, height, width, channels]", found: input)
        }
        return input
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        guard isAlwaysActive || context.mode == .training else { return Pass(x, x) }
        return Pass(x, augmented(x, context.random(seed), on: context.pool))
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        guard isAlwaysActive || context.mode == .training else { return Gradients(input: dy) }
        return Gradients(input: gradient(dy, pass.x, context.random(seed), on: context.pool))
    }
}

/// A range that random numbers are drawn from.
public struct RandomRange: Hashable, Sendable {
    public var lower: Double
    public var upper: Double

    public init(_ lower: Double, _ upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    func value(_ random: Random, at position: Int) -> Float {
        Float(lower + (upper - lower) * Double(random.uniform(at: position)))
    }

    var optionValue: OptionValue { [.double(lower), .double(upper)] }
}

extension OptionReader {
    /// A range: a pair, or one number `f` for `−f … f`.
    mutating func range(_ name: String) throws(OptionError) -> RandomRange {
        try required(name, "a number or a pair of numbers", OptionReader.range)
    }

    static func range(_ value: OptionValue) -> RandomRange? {
        if let one = value.double { return RandomRange(-abs(one), abs(one)) }
        guard let pair = value.array, pair.count == 2, let lower = pair[0].double, let upper = pair[1].double,
            lower <= upper
        else { return nil }
        return RandomRange(lower, upper)
    }

    /// Keras' `value_range`: the numbers that pixels may have.
    mutating func valueRange() throws(OptionError) -> RandomRange {
        try optional("value_range", "a pair of numbers") { $0.array == nil ? nil : OptionReader.range($0) }
            ?? RandomRange(0, 255)
    }

    /// Options of Keras' augmentation layers that change nothing that we compute.
    mutating func ignoreAugmentationOptions() { ignore("bounding_box_format", "auto_vectorize") }
}
