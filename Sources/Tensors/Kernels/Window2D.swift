/// Rows and columns of zeros around an image.
public struct Padding2D: Hashable, Sendable {
    public var top: Int
    public var left: Int
    public var bottom: Int
    public var right: Int

    public init(top: Int, left: Int, bottom: Int, right: Int) {
        self.top = top
        self.left = left
        self.bottom = bottom
        self.right = right
    }

    /// No padding: Keras' `"valid"`.
    public static let zero = Padding2D(top: 0, left: 0, bottom: 0, right: 0)
}

/// How a window slides over an image: its extents, strides, dilation, and the zeros around the image.
public struct Window2D: Hashable, Sendable {
    /// Rows and columns of the window, without dilation.
    public var kernel: (height: Int, width: Int) { (kernelHeight, kernelWidth) }
    /// The step from one position of the window to the next.
    public var strides: (height: Int, width: Int) { (strideHeight, strideWidth) }
    /// The distance between neighbouring cells of the window; 1 is a window without gaps.
    public var dilation: (height: Int, width: Int) { (dilationHeight, dilationWidth) }
    /// The zeros around the image.
    public var padding: Padding2D

    private var kernelHeight: Int, kernelWidth: Int
    private var strideHeight: Int, strideWidth: Int
    private var dilationHeight: Int, dilationWidth: Int

    /// A window from pairs `[height, width]`.
    ///
    /// - Precondition: every pair has two positive numbers.
    public init(
        kernel: [Int], strides: [Int] = [1, 1], dilation: [Int] = [1, 1], padding: Padding2D = .zero
    ) {
        for pair in [kernel, strides, dilation] {
            precondition(
                pair.count == 2 && pair.allSatisfy { $0 > 0 }, "a window needs two positive numbers, not \(pair)")
        }
        (kernelHeight, kernelWidth) = (kernel[0], kernel[1])
        (strideHeight, strideWidth) = (strides[0], strides[1])
        (dilationHeight, dilationWidth) = (dilation[0], dilation[1])
        self.padding = padding
    }

    /// The rows and columns that the window covers with its gaps: `(kernel − 1) · dilation + 1`.
    public var span: (height: Int, width: Int) {
        ((kernelHeight - 1) * dilationHeight + 1, (kernelWidth - 1) * dilationWidth + 1)
    }

    /// How many positions the window has over an image: 0 or less where the image is too small.
    public func outputExtents(height: Int, width: Int) -> (height: Int, width: Int) {
        func positions(_ extent: Int, _ span: Int, _ stride: Int) -> Int {
            extent < span ? 0 : (extent - span) / stride + 1
        }
        return (
            positions(height + padding.top + padding.bottom, span.height, strideHeight),
            positions(width + padding.left + padding.right, span.width, strideWidth)
        )
    }
}
