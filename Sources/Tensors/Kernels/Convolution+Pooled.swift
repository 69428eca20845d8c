/// The window of the pooling that may be fused to a convolution: 2×2, strides of 2, no padding.
let pooledWindow = Window2D(kernel: [2, 2], strides: [2, 2])

extension ConvolutionShape {
    /// Whether a 2×2 max pooling is done with the convolution, while its lines or tiles are in the cache.
    ///
    /// - Parameter closing: whether another function than the rectifier comes in between.
    func poolsItself(_ algorithm: ConvolutionAlgorithm, closing: Bool = false, on pool: WorkerPool) -> Bool {
        if usesWinograd(algorithm, on: pool) { return !closing }
        return groups == 1 && goesByLines
    }
}

/// A convolution, rectified if asked for, and the largest of each 2×2 pixels: `Conv2D` and `MaxPooling2D` in one pass.
///
/// - Parameters: as ``convolution2D(_:_:bias:_:groups:relu:algorithm:on:)``.
/// - Returns: `y`, `[batch, output height / 2, output width / 2, units]`, and of the same shape for each cell the number
///   of the winner in its window, `row · 2 + column`, or −1 where the rectifier gave zero and no gradient returns.
public func convolution2DMaxPooled(
    _ x: Tensor, _ kernel: Tensor, bias: Tensor? = nil, _ window: Window2D, relu: Bool = false,
    algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
) -> (y: Tensor, winners: Tensor) {
    let shape = ConvolutionShape(input: x.shape, kernel: kernel.shape, window, groups: 1)
    precondition(bias == nil || bias?.count == shape.units, "\(shape.units) units need as many biases")
    guard shape.poolsItself(algorithm, on: pool) else {
        let whole = convolution2D(x, kernel, bias: bias, window, relu: relu, algorithm: algorithm, on: pool)
        let (y, winners) = maxPooling2D(whole, pooledWindow, on: pool)
        guard relu else { return (y, winners) }
        let kept = zippedParts(winners, y, on: pool) { winners, y, kept, count in
            kept.update(from: winners, count: count)
            forgetRectified(kept, y, count: count)
        }
        return (y, kept)
    }
    var winners = Tensor([0])
    let y = x.withElements { x in
        kernel.withElements { kernel in
            withOptionalElements(bias) { bias in
                Tensor(unsafeUninitialized: shape.pooledOutput) { y in
                    winners = Tensor(unsafeUninitialized: shape.pooledOutput) { winners in
                        let epilogue = Epilogue(
                            bias: bias, relu: relu, pooled: .init(winners: MutableElements(winners).start))
                        shape.forward(
                            Elements(x).start, shape.form(of: Elements(kernel).start, algorithm, on: pool), epilogue,
                            into: MutableElements(y).start, on: pool)
                    }
                }
            }
        }
    }
    return (y, winners)
}

/// Takes winners back where the rectifier gave zero, through which no gradient returns.
func forgetRectified(_ winners: UnsafeMutablePointer<Float>, _ y: UnsafePointer<Float>, count: Int) {
    for i in 0..<count {
        let winner = winners[i]  // read in any case, for vectors
        winners[i] = y[i] > 0 ? winner : -1
    }
}

/// The gradient of ``convolution2DMaxPooled(_:_:bias:_:relu:algorithm:on:)`` by its input.
///
/// - Parameter dy: by the pooled output.
public func convolution2DMaxPooledInputGradient(
    _ dy: Tensor, winners: Tensor, _ kernel: Tensor, inputShape: Shape, _ window: Window2D,
    algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
) -> Tensor {
    let shape = ConvolutionShape(input: inputShape, kernel: kernel.shape, window, groups: 1)
    precondition(dy.shape == shape.pooledOutput && winners.shape == dy.shape, "the gradient's shape is \(dy.shape)")
    guard shape.usesWinograd(algorithm, on: pool) else {
        return convolution2DInputGradient(
            maxPooling2DGradient(dy, winners: winners, inputShape: shape.output, pooledWindow, on: pool), kernel,
            inputShape: inputShape, window, algorithm: algorithm, on: pool)
    }
    return dy.withElements { dy in
        winners.withElements { winners in
            kernel.withElements { kernel in
                Tensor(unsafeUninitialized: inputShape) { dx in
                    shape.winogradInputGradient(
                        OutputGradient(start: Elements(dy).start, winners: Elements(winners).start),
                        Elements(kernel).start, into: MutableElements(dx).start, on: pool)
                }
            }
        }
    }
}

/// The gradient of ``convolution2DMaxPooled(_:_:bias:_:relu:algorithm:on:)`` by its kernel.
///
/// - Parameter dy: by the pooled output.
public func convolution2DMaxPooledKernelGradient(
    _ dy: Tensor, winners: Tensor, _ x: Tensor, kernelShape: Shape, _ window: Window2D,
    algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
) -> Tensor {
    let shape = ConvolutionShape(input: x.shape, kernel: kernelShape, window, groups: 1)
    precondition(dy.shape == shape.pooledOutput && winners.shape == dy.shape, "the gradient's shape is \(dy.shape)")
    guard shape.usesWinograd(algorithm, on: pool) else {
        return convolution2DKernelGradient(
            maxPooling2DGradient(dy, winners: winners, inputShape: shape.output, pooledWindow, on: pool), x,
            kernelShape: kernelShape, window, algorithm: algorithm, on: pool)
    }
    return dy.withElements { dy in
        winners.withElements { winners in
            x.withElements { x in
                Tensor(unsafeUninitialized: kernelShape) { dw in
                    shape.winogradKernelGradient(
                        OutputGradient(start: Elements(dy).start, winners: Elements(winners).start),
                        Elements(x).start, into: MutableElements(dw).start, on: pool)
                }
            }
        }
    }
}

/// The gradient of ``convolution2DMaxPooled(_:_:bias:_:relu:algorithm:on:)`` by its bias: the sum of `dy` where there is a winner.
public func convolution2DMaxPooledBiasGradient(_ dy: Tensor, winners: Tensor, on pool: WorkerPool) -> Tensor {
    let given = zippedParts(dy, winners, on: pool) { dy, winners, given, count in
        for i in 0..<count {
            let gradient = dy[i]
            given[i] = winners[i] >= 0 ? gradient : 0
        }
    }
    return sumRows(given, on: pool)
}

/// Drops numbers of a pooled output by chance, and their winners: Keras' `Dropout` behind a pooling.
///
/// Where the random number of the place, `random.uniform(at: i)`, is below the rate, `y` becomes 0 and no gradient returns;
/// elsewhere `y` grows by the factor.
public func dropOut(
    _ y: inout Tensor, winners: inout Tensor, rate: Float, factor: Float, _ random: Random, on pool: WorkerPool
) {
    precondition(y.shape == winners.shape, "each number has a winner")
    y.withMutableElements { y in
        winners.withMutableElements { winners in
            let (y, winners, count) = (MutableElements(y), MutableElements(winners), y.count)
            pool.run(count, grain: elementwiseGrain) { range in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { numbers in
                    guard let numbers = numbers.baseAddress else { return }
                    pool.drawUniform(random, range, into: numbers)
                    let (y, winners) = (y.start + range.lowerBound, winners.start + range.lowerBound)
                    for i in 0..<range.count {
                        let (value, winner) = (y[i], winners[i])
                        y[i] = numbers[i] < rate ? 0 : value * factor
                        winners[i] = numbers[i] < rate ? -1 : winner
                    }
                }
            }
        }
    }
}
