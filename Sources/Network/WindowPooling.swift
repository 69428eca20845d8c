import Tensors

/// A layer that takes one number from each window of an image or a volume: the pooling layers of Keras.
///
/// The input has shape `[batch, …, channels]` with one, two or three axes between; channels are pooled apart.
public protocol WindowPooling: UnaryLayer {
    /// How many axes the window slides along.
    static var axes: Int { get }

    var poolSize: [Int] { get set }
    var strides: [Int] { get set }
    var padding: Padding { get set }

    init(poolSize: [Int], strides: [Int]?, padding: Padding)
}

extension WindowPooling {
    public init(from options: inout OptionReader) throws(OptionError) {
        let poolSize = try options.ints(
            "pool_size", count: Self.axes, default: Array(repeating: 2, count: Self.axes))
        self.init(
            poolSize: poolSize, strides: try options.ints("strides", count: Self.axes, default: poolSize),
            padding: try options.padding())
        try options.requireChannelsLast()
    }

    public var options: Options {
        [
            "pool_size": OptionValue(poolSize), "padding": .string(padding.rawValue), "strides": OptionValue(strides),
            "data_format": "channels_last",
        ]
    }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let size = poolSize.map(String.init).joined(separator: " × ")
        let sliding = SlidingWindow(
            layer: "\(Self.kerasName)(\(size))", kernel: poolSize, strides: strides,
            dilation: poolSize.map { _ in 1 }, padding: padding)
        return Shape([input.first ?? 0] + (try sliding.positions(over: input)) + input.suffix(1))
    }

    /// The pooling as steps over images, whose windows together are the window: one step, or for a volume two,
    /// first along height and width, then along depth.
    func imageSteps(for input: Shape) -> [(image: Shape, window: Window2D)] {
        let (batch, channels) = (input[0], input[input.count - 1])
        func window(_ image: Shape, _ kernel: [Int], _ strides: [Int]) -> (image: Shape, window: Window2D) {
            guard kernel[0] > 2 * image[1] || kernel[1] > 2 * image[2] else {
                return (image, Window2D(kernel: kernel, strides: strides, padding, height: image[1], width: image[2]))
            }
            // What never lies over the image counts for nothing, and is not gone over.
            let rows = Window1D(kernel: kernel[0], stride: strides[0]).reaching(along: image[1], padding)
            let columns = Window1D(kernel: kernel[1], stride: strides[1]).reaching(along: image[2], padding)
            return (
                image,
                Window2D(
                    kernel: [rows.cells, columns.cells],
                    strides: [
                        min(strides[0], image[1] + rows.before + rows.after),
                        min(strides[1], image[2] + columns.before + columns.after),
                    ],
                    padding: Padding2D(
                        top: rows.before, left: columns.before, bottom: rows.after, right: columns.after))
            )
        }
        switch poolSize.count {
        case 1: return [window([batch, 1, input[1], channels], [1, poolSize[0]], [1, strides[0]])]
        case 2: return [window(input, poolSize, strides)]
        default:
            let planes = window(
                [batch * input[1], input[2], input[3], channels], Array(poolSize[1...]), Array(strides[1...]))
            let pooled = planes.window.outputExtents(height: input[2], width: input[3])
            let depth = window(
                [batch, input[1], pooled.height * pooled.width, channels], [poolSize[0], 1], [strides[0], 1])
            return [planes, depth]
        }
    }

    /// The output's shape for an input whose shape was checked before.
    func pooledShape(_ input: Shape) -> Shape {
        let extents = poolSize.indices.map { axis in
            Window1D(kernel: poolSize[axis], stride: strides[axis]).positions(along: input[axis + 1], padding)
        }
        return Shape([input[0]] + extents + [input[input.count - 1]])
    }
}

/// Pooling that takes the largest number: `y = max of x over the window`; zeros of padding never win.
public protocol MaxPooling: WindowPooling {}

extension MaxPooling {
    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        var y = x
        var winners: [Tensor] = []
        for (image, window) in imageSteps(for: x.shape) {
            let step = maxPooling2D(y.reshaped(to: image), window, on: context.pool)
            y = step.y
            winners.append(step.winners)
        }
        return Pass(x, y.reshaped(to: pooledShape(x.shape)), saved: winners)
    }

    // MARK: dx = dy where x won, 0 elsewhere; the first of equals won

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        var dx = dy
        for ((image, window), winners) in zip(imageSteps(for: pass.x.shape), pass.saved).reversed() {
            dx = maxPooling2DGradient(
                dx.reshaped(to: winners.shape), winners: winners, inputShape: image, window, on: context.pool)
        }
        return Gradients(input: dx.reshaped(to: pass.x.shape))
    }
}

/// Pooling that takes the mean: `y = Σ x / n` over the `n` cells of the window that lie inside.
public protocol AveragePooling: WindowPooling {}

extension AveragePooling {
    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        var y = x
        for (image, window) in imageSteps(for: x.shape) {
            y = averagePooling2D(y.reshaped(to: image), window, on: context.pool)
        }
        return Pass(x, y.reshaped(to: pooledShape(x.shape)))
    }

    // MARK: dx = Σ dy / n over the windows that hold x

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        var dx = dy
        for (image, window) in imageSteps(for: pass.x.shape).reversed() {
            let pooled = window.outputExtents(height: image[1], width: image[2])
            dx = averagePooling2DGradient(
                dx.reshaped(to: [image[0], pooled.height, pooled.width, image[3]]), inputShape: image, window,
                on: context.pool)
        }
        return Gradients(input: dx.reshaped(to: pass.x.shape))
    }
}
