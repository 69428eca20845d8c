import Tensors

/// A layer that pools to an output of a given size: the adaptive pooling layers of Keras.
///
/// Along an axis of extent `n` that becomes `m`, window `i` covers the cells from `⌊i n / m⌋` to below `⌈(i + 1) n / m⌉`.
/// Axes are pooled one after the other, which gives the same as pooling them together.
public protocol AdaptivePooling: UnaryLayer {
    /// How many axes are pooled, between batch and channels.
    static var axes: Int { get }

    /// The output's extents along those axes.
    var outputSize: [Int] { get set }

    init(outputSize: [Int])
}

extension AdaptivePooling {
    public init(from options: inout OptionReader) throws(OptionError) {
        self.init(outputSize: try options.ints("output_size", count: Self.axes, default: nil))
        try options.requireChannelsLast()
    }

    public var options: Options { ["output_size": OptionValue(outputSize), "data_format": "channels_last"] }

    public func outputShape(for input: Shape) throws(ShapeError) -> Shape {
        let places = input.dropFirst().dropLast()
        // Which cell of a window won is kept as a float32.
        guard input.count == Self.axes + 2, places.allSatisfy({ $0 != 0 && $0 <= 1 << 24 }) else {
            let names = [["length"], ["height", "width"], ["depth", "height", "width"]][Self.axes - 1]
            throw ShapeError(
                layer: Self.kerasName, expected: "[batch, \(names.joined(separator: ", ")), channels]", found: input)
        }
        return Shape(input.prefix(1) + outputSize + input.suffix(1))
    }

    /// What each axis gives to the next, and a list of cells for each window.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        var (shape, sum) = (inputs[0], 0)
        for (axis, size) in outputSize.enumerated() {
            let cells = ShapeLimits.sum(shape[axis + 1], ShapeLimits.product(8, size))
            shape[axis + 1] = size
            sum = ShapeLimits.sum(
                sum, ShapeLimits.sum(ShapeLimits.product(2, ShapeLimits.product(shape)), ShapeLimits.product(4, cells)))
        }
        return sum
    }

    /// The cells of each window along an axis.
    static func windows(_ extent: Int, _ count: Int) -> [Range<Int>] {
        (0..<count).map { $0 * extent / count..<(($0 + 1) * extent + count - 1) / count }
    }
}

/// Adaptive pooling that takes the mean of each window.
public protocol AdaptiveAveragePooling: AdaptivePooling {}

extension AdaptiveAveragePooling {
    private func mean(_ axis: Int, _ extent: Int) -> Resampling {
        Resampling(
            extent: extent,
            taps: Self.windows(extent, outputSize[axis]).map { window in
                window.map { Resampling.Tap(index: $0, weight: 1 / Float(window.count)) }
            })
    }

    // MARK: y = Σ x / n over the window

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        let y = outputSize.indices.reduce(x) { y, axis in
            mean(axis, x.shape[axis + 1])(y, axis: axis + 1, on: context.pool)
        }
        return Pass(x, y)
    }

    // MARK: dx = Σ dy / n over the windows that hold x

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        let dx = outputSize.indices.reversed().reduce(dy) { dx, axis in
            mean(axis, pass.x.shape[axis + 1]).adjoint(dx, axis: axis + 1, on: context.pool)
        }
        return Gradients(input: dx)
    }
}

/// Adaptive pooling that takes the largest number of each window.
public protocol AdaptiveMaxPooling: AdaptivePooling {}

extension AdaptiveMaxPooling {
    // MARK: y = max of x over the window

    public func forward(_ x: Tensor, _ weights: [Tensor], _ context: Context) -> Pass {
        var (y, winners): (Tensor, [Tensor]) = (x, [])
        for axis in outputSize.indices {
            let step = largest(y, axis: axis + 1, Self.windows(x.shape[axis + 1], outputSize[axis]))
            y = step.y
            winners.append(step.winners)
        }
        return Pass(x, y, saved: winners)
    }

    // MARK: dx = dy where x won, 0 elsewhere; the first of equals won

    public func backward(_ dy: Tensor, _ pass: Pass, _ weights: [Tensor], _ context: Context) -> Gradients {
        var dx = dy
        for axis in outputSize.indices.reversed() {
            var shape = dx.shape
            shape[axis + 1] = pass.x.shape[axis + 1]
            var wide = Tensor(shape)
            let (inner, before, after) = (
                shape.dropFirst(axis + 2).reduce(1, *), shape[axis + 1], outputSize[axis]
            )
            wide.withMutableElements { wide in
                for place in 0..<dx.count {
                    let block = place / inner / after
                    wide[(block * before + Int(pass.saved[axis][place])) * inner + place % inner] += dx[place]
                }
            }
            dx = wide
        }
        return Gradients(input: dx)
    }

    private func largest(_ x: Tensor, axis: Int, _ windows: [Range<Int>]) -> (y: Tensor, winners: Tensor) {
        let (inner, before) = (x.shape.dropFirst(axis + 1).reduce(1, *), x.shape[axis])
        var shape = x.shape
        shape[axis] = windows.count
        var winners = Tensor(shape)
        let y = x.withElements { x in
            Tensor(unsafeUninitialized: shape) { y in
                winners.withMutableElements { winners in
                    for place in y.indices {
                        let (block, column) = (place / inner / windows.count, place % inner)
                        let window = windows[place / inner % windows.count]
                        var best = window.lowerBound
                        for cell in window {
                            let (value, top) = (
                                x[(block * before + cell) * inner + column], x[(block * before + best) * inner + column]
                            )
                            if value > top || value.isNaN && !top.isNaN { best = cell }
                        }
                        y[place] = x[(block * before + best) * inner + column]
                        winners[place] = Float(best)
                    }
                }
            }
        }
        return (y, winners)
    }
}
