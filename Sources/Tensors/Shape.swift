/// The extents of an array, outermost axis first, as in NumPy: `[batch, height, width, channels]`.
///
/// A model's symbolic shape may hold ``unknown`` where the extent is only known with the data (Keras' `None`).
public struct Shape: Hashable, Sendable {
    /// An extent that only the data will tell: the batch axis of a model, for one.
    public static let unknown = -1

    public var extents: [Int]

    public init(_ extents: [Int]) { self.extents = extents }

    /// The number of elements, the product of all extents.
    ///
    /// - Precondition: no extent is ``unknown`` and the product fits an `Int`.
    public var elementCount: Int {
        var product = 1
        var overflows = false
        for extent in extents {
            precondition(extent >= 0, "shape \(self) has an unknown extent, so no element count")
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            product = next
            overflows = overflows || overflow
        }
        precondition(!overflows || extents.contains(0), "shape \(self) has more elements than can be counted")
        return overflows ? 0 : product
    }

    /// Whether every extent is known.
    public var isKnown: Bool { extents.allSatisfy { $0 >= 0 } }

    /// The same shape with another first extent: one model, any batch.
    public func withBatch(_ batch: Int) -> Shape {
        precondition(!extents.isEmpty, "a scalar shape has no batch axis")
        var copy = self
        copy.extents[0] = batch
        return copy
    }

    /// The extents after the first: the shape of one sample.
    public var sample: Shape { Shape(Array(extents.dropFirst())) }

    /// For each element, in C order, its position in a tensor that has not these axes: what a sum over them adds it to.
    public func cells(reducing axes: Set<Int>) -> [Int] {
        var strides = [Int](repeating: 0, count: count)
        var cells = 1
        for axis in indices.reversed() where !axes.contains(axis) {
            strides[axis] = cells
            cells *= self[axis]
        }
        return (0..<elementCount).map { position in
            var (rest, cell) = (position, 0)
            for axis in indices.reversed() {
                cell += rest % self[axis] * strides[axis]
                rest /= self[axis]
            }
            return cell
        }
    }

    public static func + (left: Shape, right: Shape) -> Shape { Shape(left.extents + right.extents) }
}

extension Shape: ExpressibleByArrayLiteral {
    public init(arrayLiteral extents: Int...) { self.init(extents) }
}

extension Shape: RandomAccessCollection, MutableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { extents.count }
    public subscript(axis: Int) -> Int {
        get { extents[axis] }
        set { extents[axis] = newValue }
    }
}

extension Shape: CustomStringConvertible {
    /// As the error messages print it: `[?, 28, 28, 1]`, with `?` for an unknown extent.
    public var description: String {
        "[" + extents.map { $0 == Shape.unknown ? "?" : String($0) }.joined(separator: ", ") + "]"
    }
}
