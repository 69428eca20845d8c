import Tensors

/// How the edges of an image are treated by a sliding window: Keras' `padding`.
public enum Padding: String, Hashable, Sendable, CaseIterable {
    /// Only windows that lie wholly inside.
    case valid
    /// Zeros around, so that stride 1 keeps the extent; where they are odd in number, the extra one comes last.
    case same
    /// Zeros before, so that no window sees what comes after it; for sequences.
    case causal
}

extension OptionReader {
    /// The option `padding` of a sliding window.
    mutating func padding(allowsCausal: Bool = false) throws(OptionError) -> Padding {
        let allowed: [Padding] = allowsCausal ? Padding.allCases : [.valid, .same]
        let words = allowed.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
        return try optional("padding", words) { value in
            allowed.first { $0.rawValue == value.string }
        } ?? .valid
    }
}

/// A window that slides along one axis.
///
/// `span = (kernel − 1) · dilation + 1` cells wide; `valid` gives `⌊(n − span) / stride⌋ + 1` positions,
/// `same` and `causal` give `⌈n / stride⌉`.
struct Window1D {
    var kernel: Int
    var stride: Int
    var dilation = 1

    var span: Int { (kernel - 1) * dilation + 1 }

    /// The number of positions along an axis: unknown stays unknown, and an axis that is too short has none (≤ 0).
    func positions(along extent: Int, _ padding: Padding) -> Int {
        if extent == Shape.unknown { return extent }
        switch padding {
        case .valid: return extent < span ? 0 : (extent - span) / stride + 1
        case .same, .causal: return (extent + stride - 1) / stride
        }
    }

    /// The zeros before and after an axis of known extent.
    func zeros(along extent: Int, _ padding: Padding) -> (before: Int, after: Int) {
        if padding == .valid { return (0, 0) }
        if padding == .causal { return (span - 1, 0) }
        let total = max((positions(along: extent, .same) - 1) * stride + span - extent, 0)
        return (total / 2, total - total / 2)
    }
}

extension Window1D {
    /// The cells of a window without gaps that lie over an axis at any of its positions, and the zeros that these need:
    /// a window may be far larger than what it slides over.
    func reaching(along extent: Int, _ padding: Padding) -> (cells: Int, before: Int, after: Int) {
        let zeros = zeros(along: extent, padding)
        let way = (positions(along: extent, padding) - 1) * stride
        let first = max(0, zeros.before - way)
        let cells = min(kernel, zeros.before + extent) - first
        return (cells, zeros.before - first, max(0, way + cells - extent - (zeros.before - first)))
    }
}

extension Window2D {
    /// Keras' window over an image of this height and width.
    init(
        kernel: [Int], strides: [Int], dilation: [Int] = [1, 1], _ padding: Padding, height: Int, width: Int
    ) {
        let rows = Window1D(kernel: kernel[0], stride: strides[0], dilation: dilation[0]).zeros(along: height, padding)
        let columns = Window1D(kernel: kernel[1], stride: strides[1], dilation: dilation[1]).zeros(
            along: width, padding)
        // A stride beyond the image has one position, as one to its end has: kernels go over the cells of a stride.
        let reach = [height + rows.before + rows.after, width + columns.before + columns.after]
        self.init(
            kernel: kernel, strides: zip(strides, reach).map { min($0, max($1, 1)) }, dilation: dilation,
            padding: Padding2D(top: rows.before, left: columns.before, bottom: rows.after, right: columns.after))
    }
}

/// The geometry of a layer whose window slides over an image or a volume, channels last.
struct SlidingWindow {
    /// What messages call the layer.
    var layer: String
    var kernel: [Int]
    var strides: [Int]
    var dilation: [Int]
    var padding: Padding
    /// Keras computes strides beside dilation for depthwise convolutions alone.
    var allowsDilatedStrides = false

    private static let axes = [["length"], ["height", "width"], ["depth", "height", "width"]]

    /// The shape of an input, in words.
    private var expected: String {
        "[batch, \(Self.axes[kernel.count - 1].joined(separator: ", ")), channels]"
    }

    /// The extents of the output without batch and channels.
    ///
    /// - Throws: ``ShapeError`` for an input of another rank, without known channels, or too small for one window.
    func positions(over input: Shape) throws(ShapeError) -> [Int] {
        guard input.count == kernel.count + 2, input[input.count - 1] > 0 else {
            throw ShapeError(layer: layer, expected: expected, found: input)
        }
        if let stride = strides.max(), let gap = dilation.max(), !allowsDilatedStrides, stride > 1, gap > 1 {
            throw ShapeError(layer: layer, expected: "strides of 1 beside a dilation of \(gap)", found: input)
        }
        var extents: [Int] = []
        for axis in kernel.indices {
            let window = Window1D(kernel: kernel[axis], stride: strides[axis], dilation: dilation[axis])
            let positions = window.positions(along: input[axis + 1], padding)
            guard positions > 0 || input[axis + 1] == Shape.unknown else {
                let name = Self.axes[kernel.count - 1][axis]
                throw ShapeError(layer: layer, expected: "a \(name) of at least \(window.span)", found: input)
            }
            extents.append(positions)
        }
        return extents
    }

    /// The numbers of an image with the zeros around it, of which convolutions copy the lines that they are at.
    func temporaries(for input: Shape) -> Int {
        let padded = kernel.indices.map { axis in
            let window = Window1D(kernel: kernel[axis], stride: strides[axis], dilation: dilation[axis])
            let zeros = window.zeros(along: input[axis + 1], padding)
            return [zeros.before, zeros.after].reduce(input[axis + 1]) {
                ShapeLimits.sum($0, min($1, ShapeLimits.elements))
            }
        }
        return ShapeLimits.product(2, ShapeLimits.product(padded), input[input.count - 1])
    }

    /// The shape of a convolution's output.
    func outputExtents(for input: Shape, channelsInGroups groups: Int, filters: Int) throws(ShapeError) -> Shape {
        let extents = try positions(over: input)
        guard input[input.count - 1] % groups == 0, filters % groups == 0 else {
            throw ShapeError(layer: layer, expected: "channels and filters in \(groups) equal groups", found: input)
        }
        return Shape([input[0]] + extents + [filters])
    }

    /// The kernels' window over the ``image(_:)`` of an input of this shape.
    func window(over input: Shape) -> Window2D {
        let image = image(input)
        return Window2D(
            kernel: pair(kernel), strides: pair(strides), dilation: pair(dilation), padding, height: image[1],
            width: image[2])
    }

    /// The input's shape as an image: a sequence is an image of one row.
    func image(_ input: Shape) -> Shape {
        kernel.count == 1 ? [input[0], 1, input[1], input[2]] : input
    }

    /// Height and width of an option that may be for a sequence.
    private func pair(_ option: [Int]) -> [Int] { option.count == 1 ? [1, option[0]] : option }
}
