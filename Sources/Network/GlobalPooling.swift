import Tensors

/// A layer that takes one number from each channel of an image: the global pooling layers of Keras.
public protocol GlobalPooling: UnaryLayer {
    /// How many axes are pooled, between batch and channels.
    static var axes: Int { get }

    /// Whether the pooled axes stay, with an extent of 1.
    var keepdims: Bool { get set }

    init(keepdims: Bool)
}

extension GlobalPooling {
    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(keepdims: try options.bool("keepdims", default: false))
        try options.requireChannelsLast()
    }

    public var options: Options { ["data_format": "channels_last", "keepdims": .bool(keepdims)] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let places = input.dropFirst().dropLast()
        guard input.count == Self.axes + 2, !places.contains(0) else {
            let names = [["length"], ["height", "width"], ["depth", "height", "width"]][Self.axes - 1]
            throw ShapeError(
                layer: Self.kerasName, expected: "[batch, \(names.joined(separator: ", ")), channels]", found: input)
        }
        return pooledShape(input)
    }

    func pooledShape(_ input: Shape) -> Shape {
        let ones = keepdims ? Array(repeating: 1, count: Self.axes) : []
        return Shape(input.prefix(1) + ones + input.suffix(1))
    }

    /// The input as an image of one column, which one window covers.
    func column(_ input: Shape) -> (image: Shape, window: Window2D) {
        let places = input.dropFirst().dropLast().reduce(1, *)
        return ([input[0], places, 1, input[input.count - 1]], Window2D(kernel: [places, 1]))
    }
}

/// Global pooling that takes the mean of each channel: `y = Σ x / n` over the `n` places.
public protocol GlobalAveragePooling: GlobalPooling {}

extension GlobalAveragePooling {
    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        Pass(x, channelMeans(x, on: context.pool).reshaped(to: pooledShape(x.shape)))
    }

    // MARK: dx = dy / n

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (image, window) = column(pass.x.shape)
        let dy = dy.reshaped(to: [image[0], 1, 1, image[3]])
        let dx = averagePooling2DGradient(dy, inputShape: image, window, on: context.pool)
        return Gradients(input: dx.reshaped(to: pass.x.shape))
    }
}

/// Global pooling that takes the largest number of each channel: `y = max x`.
public protocol GlobalMaxPooling: GlobalPooling {}

extension GlobalMaxPooling {
    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let (image, window) = column(x.shape)
        let (y, winners) = maxPooling2D(x.reshaped(to: image), window, on: context.pool)
        return Pass(x, y.reshaped(to: pooledShape(x.shape)), saved: [winners])
    }

    // MARK: dx = dy where x won, 0 elsewhere; the first of equals won

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let (image, window) = column(pass.x.shape)
        let dx = maxPooling2DGradient(
            dy.reshaped(to: pass.saved[0].shape), winners: pass.saved[0], inputShape: image, window, on: context.pool)
        return Gradients(input: dx.reshaped(to: pass.x.shape))
    }
}
