/// A convolution whose kernel is prepared once for many runs, with what follows it: bias, rectifier, 2×2 max pooling.
///
/// Gives the same bits as ``convolution2D(_:_:bias:_:groups:relu:algorithm:on:)`` (and, with `pooling`,
/// ``convolution2DMaxPooled(_:_:bias:_:relu:algorithm:on:)``).
public struct PreparedConvolution: Sendable {
    private let sample: Shape
    private let kernelShape: Shape
    private let window: Window2D
    private let groups: Int
    private let relu: Bool
    private let closing: PointwiseFunction?
    private let pooling: Bool
    private let algorithm: ConvolutionAlgorithm
    private let bias: Tensor?
    private let form: Tensor
    private let instructionSet: InstructionSet
    private let convolutions: ConvolutionAlgorithm

    /// Prepares a kernel for images of one size.
    ///
    /// - Parameters:
    ///   - input: `[any, height, width, channels]`.
    ///   - closing: a function that follows in the place of the rectifier.
    ///   - pooling: whether a 2×2 max pooling with strides of 2 and without padding follows.
    /// - Precondition: kernel and bias fit the input.
    public init(
        _ kernel: Tensor, bias: Tensor? = nil, _ window: Window2D, groups: Int = 1, relu: Bool = false,
        closing: PointwiseFunction? = nil, pooling: Bool = false, input: Shape,
        algorithm: ConvolutionAlgorithm = .automatic, on pool: WorkerPool
    ) {
        let shape = ConvolutionShape(input: input.withBatch(1), kernel: kernel.shape, window, groups: groups)
        precondition(bias == nil || bias?.count == shape.units, "\(shape.units) units need as many biases")
        (sample, kernelShape, instructionSet) = (input.sample, kernel.shape, pool.instructionSet)
        (self.window, self.groups, self.relu, self.closing) = (window, groups, relu, closing)
        self.pooling = pooling
        (self.algorithm, self.bias, convolutions) = (algorithm, bias, pool.convolutions)
        form = kernel.withElements { kernel in
            Tensor(unsafeUninitialized: [shape.formCount(algorithm, on: pool)]) { memory in
                _ = shape.form(
                    of: Elements(kernel).start, algorithm, into: MutableElements(memory).start, on: pool)
            }
        }
    }

    /// The output for a batch of images.
    ///
    /// - Precondition: `x` has the size that was prepared for, and `pool` the same instruction set and convolutions.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        precondition(x.shape.sample == sample, "prepared for \(sample), not for \(x.shape.sample)")
        precondition(
            pool.instructionSet == instructionSet && pool.convolutions == convolutions,
            "prepared for \(convolutions) convolutions with \(instructionSet) instructions")
        let shape = ConvolutionShape(input: x.shape, kernel: kernelShape, window, groups: groups)
        let isFused = pooling && shape.poolsItself(algorithm, closing: closing != nil, on: pool)
        let y = x.withElements { x in
            form.withElements { form in
                withOptionalElements(bias) { bias in
                    Tensor(unsafeUninitialized: isFused ? shape.pooledOutput : shape.output) { y in
                        shape.forward(
                            Elements(x).start, shape.form(at: Elements(form).start, algorithm, on: pool),
                            Epilogue(bias: bias, relu: relu, closing: closing, pooled: isFused ? .init() : nil),
                            into: MutableElements(y).start, on: pool)
                    }
                }
            }
        }
        return pooling && !isFused ? maxPooled2D(y, pooledWindow, on: pool) : y
    }
}
