import CKernels

/// A depthwise convolution and the 1×1 convolutions around it: before it one that widens the image, as in an inverted
/// residual block (Sandler et al., 2018), behind it one that mixes its channels, as in a separable convolution.
///
/// Gives the same bits as one after the other; of the images between them, only lines are ever there.
public struct DepthwiseBlock: Sendable {
    private let expansion: PreparedConvolution?
    private let depthwise: PreparedConvolution
    private let projection: PreparedConvolution?

    /// Numbers of an image between from which on it pays: as many as a level-2 cache holds.
    static let leastNumbers = 1 << 17

    /// - Precondition: each takes what the one before it gives.
    public init(expansion: PreparedConvolution?, depthwise: PreparedConvolution, projection: PreparedConvolution?) {
        (self.expansion, self.depthwise, self.projection) = (expansion, depthwise, projection)
    }

    /// The output for a batch of images.
    ///
    /// - Precondition: as of ``PreparedConvolution/callAsFunction(_:on:)``.
    public func callAsFunction(_ x: Tensor, on pool: WorkerPool) -> Tensor {
        let (first, shape, last) = shapes(for: x.shape)
        guard let bands = bands(first, shape, last, on: pool) else {
            let middle = depthwise(expansion.map { $0(x, on: pool) } ?? x, on: pool)
            return projection.map { $0(middle, on: pool) } ?? middle
        }
        return x.withElements { x in
            withProduct(expansion, first, on: pool) { expansion in
                withProduct(projection, last, on: pool) { projection in
                    depthwise.withForm(for: shape, on: pool) { form, epilogue in
                        guard case .depthwise(let kernel) = form else {
                            preconditionFailure("a depthwise kernel was prepared")
                        }
                        return Tensor(unsafeUninitialized: last?.output ?? shape.output) { y in
                            shape.depthwiseForward(
                                Elements(x).start, expansion, kernel, epilogue, projection, bands: bands,
                                into: MutableElements(y).start, on: pool)
                        }
                    }
                }
            }
        }
    }

    /// Whether a batch of this shape goes line by line; where it does not pay, one convolution follows the other.
    package func goesByLines(_ input: Shape, on pool: WorkerPool) -> Bool {
        let (first, shape, last) = shapes(for: input)
        return bands(first, shape, last, on: pool) != nil
    }

    private func shapes(
        for input: Shape
    ) -> (expansion: ConvolutionShape?, depthwise: ConvolutionShape, projection: ConvolutionShape?) {
        let first = expansion?.shape(for: input)
        let shape = depthwise.shape(for: first?.output ?? input)
        return (first, shape, projection?.shape(for: shape.output))
    }

    /// Into how many bands each image is cut; `nil` where lines do not pay or cannot be.
    private func bands(
        _ first: ConvolutionShape?, _ shape: ConvolutionShape, _ last: ConvolutionShape?, on pool: WorkerPool
    ) -> Int? {
        let largest = max(
            first == nil ? 0 : shape.height * shape.width, last == nil ? 0 : shape.outputHeight * shape.outputWidth)
        // Where an image is cut, some lines are computed for both sides: only so that no thread has to wait.
        let threads = pool.threads
        let bands = shape.batch % threads == 0 || shape.batch >= 4 * threads ? 1 : min(threads, shape.outputHeight)
        let twice = first == nil ? 0 : (bands - 1) * max(0, shape.window.span.height - shape.window.strides.height)
        guard shape.isDepthwise, largest * shape.channels >= Self.leastNumbers, 16 * twice <= shape.height,
            first?.isProductOfLines(on: pool) ?? true, last?.isProductOfLines(on: pool) ?? true
        else { return nil }
        return bands
    }

    private func withProduct<Result>(
        _ convolution: PreparedConvolution?, _ shape: ConvolutionShape?, on pool: WorkerPool,
        _ body: (LineProduct?) -> Result
    ) -> Result {
        guard let convolution, let shape else { return body(nil) }
        return convolution.withForm(for: shape, on: pool) { form, epilogue in
            guard case .columns(let columns) = form else { preconditionFailure("a product was prepared") }
            return body(LineProduct(shape, columns[0], epilogue, on: pool))
        }
    }
}

/// A 1×1 convolution, line by line of an image.
private struct LineProduct: Sendable {
    private let shape: ConvolutionShape
    private let columns: Columns
    private let epilogue: Epilogue
    private let blocks: GemmBlocks

    init(_ shape: ConvolutionShape, _ columns: Columns, _ epilogue: Epilogue, on pool: WorkerPool) {
        (self.shape, self.columns, self.epilogue) = (shape, columns, epilogue)
        blocks = shape.blocks(on: pool)
    }

    func callAsFunction(_ line: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, on pool: WorkerPool) {
        let (width, units) = (shape.width, shape.units)
        pool.gemmTask(
            blocks, 0..<width, 0..<blocks.panels, 0..<blocks.depthBlocks,
            MatrixRows(start: line, stride: shape.channels), columns, y, units, epilogue)
        epilogue.afterKernel?.apply(to: y, rows: width, columns: units, stride: units, on: pool)
    }

    /// Numbers of a line of the input and of the output.
    var inputCount: Int { shape.width * shape.channels }
    var outputCount: Int { shape.width * shape.units }
}

extension ConvolutionShape {
    /// Whether a line of the image, as a matrix, gives a line of the output.
    fileprivate func isProductOfLines(on pool: WorkerPool) -> Bool {
        window.kernel == (1, 1) && window.strides == (1, 1) && window.padding == .zero && groups == 1
            && blocks(on: pool).parts == 1
    }

    fileprivate func depthwiseForward(
        _ x: UnsafePointer<Float>, _ expansion: LineProduct?, _ kernel: UnsafePointer<Float>, _ epilogue: Epilogue,
        _ projection: LineProduct?, bands: Int, into y: UnsafeMutablePointer<Float>, on pool: WorkerPool
    ) {
        let columns = DepthwiseColumns(self)
        let (line, outputLine) = (width * channels, outputWidth * channels)
        // A ring: a line of the image lies in the slot of its number, until one below takes its place.
        let slots = window.span.height
        let ringCount = expansion == nil ? 0 : slots * line
        nonisolated(unsafe) let (x, kernel, y) = (x, kernel, y)
        pool.run(batch * bands) { task in
            let (n, band) = (task / bands, task % bands)
            let zeros = Scratch.floats(channels + ringCount + outputLine, for: .lines)
            zeros.update(repeating: 0, count: channels)
            let (ring, wide) = (zeros + channels, zeros + channels + ringCount)
            let image = expansion == nil ? x + n * height * line : UnsafePointer(ring)
            var offsets = [Int](repeating: 0, count: cells)
            setOffsets(&offsets) { $0 * line }
            var next = 0
            for row in band * outputHeight / bands..<(band + 1) * outputHeight / bands {
                let top = row * window.strides.height - window.padding.top
                if let expansion {
                    next = max(next, top)
                    while next < min(height, top + slots) {
                        expansion(
                            x + (n * height + next) * expansion.inputCount, into: ring + next % slots * line, on: pool)
                        next += 1
                    }
                    setOffsets(&offsets) { max(0, top + $0) % slots * line }
                }
                let start = image + ((expansion == nil ? top : 0) * width - window.padding.left) * channels
                let output = n * outputHeight + row
                let target = projection == nil ? y + output * outputLine : wide
                depthwiseLine(
                    top, start, offsets, columns, kernel, epilogue, zeros, into: target, on: pool)
                if let projection { projection(wide, into: y + output * projection.outputCount, on: pool) }
            }
        }
    }
}
