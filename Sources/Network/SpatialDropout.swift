import Tensors

/// Dropout of whole channels: the spatial dropout layers of Keras.
///
///     y[b, …, c] = x[b, …, c] / (1 − rate)   with probability 1 − rate for each b and c, else 0
public protocol SpatialDropout: UnaryLayer {
    /// How many axes lie between batch and channels.
    static var axes: Int { get }

    /// The fraction of channels that are dropped, from 0 to 1.
    var rate: Double { get }
    /// A seed for this layer's own random numbers.
    var seed: Int? { get }

    init(rate: Double, seed: Int?)
}

extension SpatialDropout {
    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(rate: try options.rate(), seed: try options.seed())
        try options.requireChannelsLast()
        try options.refuse("noise_shape")
    }

    public var options: Options {
        var options: Options = ["rate": .double(rate), "seed": seed.map { .int($0) } ?? .null]
        // Keras writes no layout for sequences.
        if Self.axes > 1 { options["data_format"] = "channels_last" }
        return options
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        guard input.count == Self.axes + 2 else {
            throw ShapeError(layer: Self.kerasName, expected: "\(Self.axes + 2) axes", found: input)
        }
        return input
    }

    private var dropout: Dropout {
        Dropout(
            rate: rate, seed: seed,
            noiseShape: [Shape.unknown] + Array(repeating: 1, count: Self.axes) + [Shape.unknown])
    }

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        dropout.forward(x, weights, context)
    }

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        dropout.backward(dy, pass, weights, context)
    }
}
