/// How a convolution is computed; all ways give the same result up to rounding.
public enum ConvolutionAlgorithm: Hashable, Sendable, CaseIterable {
    /// The fastest for the shape.
    case automatic
    /// As a matrix product, with the rounding of plain sums.
    case direct
    /// Winograd's F(4×4, 3×3) where the window allows it: a quarter of the products, slightly more rounding.
    case winograd
}

extension WorkerPool {
    /// The algorithm that is asked for, by the call or else by the pool.
    func choice(_ algorithm: ConvolutionAlgorithm) -> ConvolutionAlgorithm {
        algorithm == .automatic ? convolutions : algorithm
    }
}

/// A 2-D convolution: `y[n, h, w, u] = bias[u] + Σ x[n, h·s + i·d − p, w·s + j·d − p, c] · kernel[i, j, c, u]`; Keras' `Conv2D`.
///
/// - Parameters:
///   - x: `[batch, height, width, channels]`.
///   - kernel: `[kernel height, kernel width, channels / groups, units]`.
///   - bias: `[units]`.
///   - groups: how many independent parts channels and units fall into; `groups == channels` is Keras' `DepthwiseConv2D`,
///     whose kernel `[height, width, channels, multiplier]` has the same elements in the same order.
///   - relu: whether `max(y, 0)` follows.
/// - Returns: `[batch, output height, output width, units]`.
public func convolution2D(
    _ x: Tensor, _ kernel: Tensor, bias: Tensor? = nil, _ window: Window2D, groups: Int = 1, relu: Bool = false,
    algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
) -> Tensor {
    let shape = ConvolutionShape(input: x.shape, kernel: kernel.shape, window, groups: groups)
    precondition(bias == nil || bias?.count == shape.units, "\(shape.units) units need as many biases")
    return x.withElements { x in
        kernel.withElements { kernel in
            withOptionalElements(bias) { bias in
                Tensor(unsafeUninitialized: shape.output) { y in
                    shape.forward(
                        Elements(x).start, shape.form(of: Elements(kernel).start, algorithm, on: pool),
                        Epilogue(bias: bias, relu: relu), into: MutableElements(y).start, on: pool)
                }
            }
        }
    }
}

/// The gradient of ``convolution2D(_:_:bias:_:groups:relu:algorithm:on:)`` by its input: its adjoint, and Keras' `Conv2DTranspose`.
///
/// - Parameters:
///   - dy: `[batch, output height, output width, units]`.
///   - inputShape: `[batch, height, width, channels]`.
/// - Returns: a tensor of `inputShape`.
public func convolution2DInputGradient(
    _ dy: Tensor, _ kernel: Tensor, inputShape: Shape, _ window: Window2D, groups: Int = 1,
    algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
) -> Tensor {
    let shape = ConvolutionShape(input: inputShape, kernel: kernel.shape, window, groups: groups)
    precondition(dy.shape == shape.output, "the gradient's shape is \(dy.shape), the output's \(shape.output)")
    return dy.withElements { dy in
        kernel.withElements { kernel in
            Tensor(unsafeUninitialized: inputShape) { dx in
                let (dy, kernel, dx) = (Elements(dy).start, Elements(kernel).start, MutableElements(dx).start)
                if shape.usesWinograd(algorithm, on: pool) {
                    shape.winogradInputGradient(OutputGradient(start: dy), kernel, into: dx, on: pool)
                } else {
                    shape.inputGradient(dy, kernel, into: dx, on: pool)
                }
            }
        }
    }
}

/// The gradient of ``convolution2D(_:_:bias:_:groups:relu:algorithm:on:)`` by its kernel.
///
/// - Returns: a tensor of `kernelShape`, `[kernel height, kernel width, channels / groups, units]`.
public func convolution2DKernelGradient(
    _ dy: Tensor, _ x: Tensor, kernelShape: Shape, _ window: Window2D, groups: Int = 1,
    algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
) -> Tensor {
    let shape = ConvolutionShape(input: x.shape, kernel: kernelShape, window, groups: groups)
    precondition(dy.shape == shape.output, "the gradient's shape is \(dy.shape), the output's \(shape.output)")
    return dy.withElements { dy in
        x.withElements { x in
            Tensor(unsafeUninitialized: kernelShape) { dw in
                let (dy, x, dw) = (Elements(dy).start, Elements(x).start, MutableElements(dw).start)
                if shape.usesWinograd(algorithm, on: pool) {
                    shape.winogradKernelGradient(OutputGradient(start: dy), x, into: dw, on: pool)
                } else {
                    shape.kernelGradient(dy, x, into: dw, on: pool)
                }
            }
        }
    }
}
