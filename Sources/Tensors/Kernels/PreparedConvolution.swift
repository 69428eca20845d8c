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
        let shape = shape(for: x.shape)
        let isFused = pooling && shape.poolsItself(algorithm, closing: closing != nil, on: pool)
        let y = x.withElements { x in
            withForm(for: shape, on: pool) { form, epilogue in
                Tensor(unsafeUninitialized: isFused ? shape.pooledOutput : shape.output) { y in
                    var epilogue = epilogue
                    if isFused { epilogue.pooled = .init() }
                    shape.forward(Elements(x).start, form, epilogue, into: MutableElements(y).start, on: pool)
                }
            }
        }
        return pooling && !isFused ? maxPooled2D(y, pooledWindow, on: pool) : y
    }

    /// The extents for a batch of images, of the size that was prepared for.
    func shape(for input: Shape) -> ConvolutionShape {
        precondition(input.sample == sample, "prepared for \(sample), not for \(input.sample)")
        return ConvolutionShape(input: input, kernel: kernelShape, window, groups: groups)
    }

    /// The shape of the output for images of the size that was prepared for.
    public func output(for input: Shape) -> Shape {
        let shape = shape(for: input)
        return pooling ? shape.pooledOutput : shape.output
    }

    /// Hands out the kernel in its form, and what follows the sums.
    func withForm<Result>(
        for shape: ConvolutionShape, on pool: WorkerPool, _ body: (KernelForm, Epilogue) -> Result
    ) -> Result {
        precondition(
            pool.instructionSet == instructionSet && pool.convolutions == convolutions,
            "prepared for \(convolutions) convolutions with \(instructionSet) instructions")
        return form.withElements { form in
            withOptionalElements(bias) { bias in
                body(
                    shape.form(at: Elements(form).start, algorithm, on: pool),
                    Epilogue(bias: bias, relu: relu, closing: closing))
            }
        }
    }
}
