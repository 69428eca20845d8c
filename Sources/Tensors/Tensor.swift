/// A dense float32 array in C (row-major) order, with value semantics.
///
/// The elements live in one buffer that copies share until one of them writes; it is 64-byte aligned, unless it is part of
/// a file.
public struct Tensor: Sendable {
    public private(set) var shape: Shape
    private var storage: Storage

    /// A tensor whose elements are all `value`.
    public init(_ shape: Shape, repeating value: Float = 0) {
        self.init(unsafeUninitialized: shape) { $0.update(repeating: value) }
    }

    /// A tensor of these elements, in C order.
    ///
    /// - Precondition: as many elements as the shape has.
    public init(_ shape: Shape, _ elements: some Collection<Float>) {
        precondition(elements.count == shape.elementCount, "\(elements.count) elements do not fill shape \(shape)")
        self.init(unsafeUninitialized: shape) { _ = $0.update(fromContentsOf: elements) }
    }

    /// A tensor whose elements `fill` writes, all of them, into memory that holds anything.
    public init(unsafeUninitialized shape: Shape, _ fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        self.shape = shape
        storage = Storage(count: shape.elementCount)
        try fill(storage.elements)
    }

    /// A tensor whose elements hold anything, for a kernel that writes them all through ``address``.
    @usableFromInline
    init(uninitialized shape: Shape) {
        self.shape = shape
        storage = Storage(count: shape.elementCount)
    }

    /// A tensor whose elements are part of somebody else's memory, who lives as long as it does.
    init(_ shape: Shape, _ memory: UnsafeMutableRawBufferPointer, of owner: AnyObject & Sendable) {
        self.shape = shape
        storage = Storage(memory, of: owner)
    }

    /// Where the elements are, as long as this tensor lives.
    ///
    /// Unsafe: only who made the tensor, and has given it to nobody yet, may write.
    @usableFromInline
    var address: MutableElements { MutableElements(storage.elements) }

    /// The number of elements.
    public var count: Int { storage.elements.count }

    /// The elements as an array, in C order.
    public var elements: [Float] { Array(storage.elements) }

    /// The same elements under another shape; no element moves.
    ///
    /// - Precondition: both shapes have the same number of elements.
    public func reshaped(to shape: Shape) -> Tensor {
        precondition(shape.elementCount == count, "cannot reshape \(self.shape) to \(shape)")
        var copy = self
        copy.shape = shape
        return copy
    }

    /// The element at this position of the flattened tensor.
    ///
    /// - Precondition: the position is one of the tensor's, in release builds too.
    public subscript(position: Int) -> Float {
        get {
            precondition(position >= 0 && position < storage.elements.count, "the tensor has no such element")
            return storage.elements[position]
        }
        set {
            precondition(position >= 0 && position < storage.elements.count, "the tensor has no such element")
            makeUnique()
            storage.elements[position] = newValue
        }
    }

    /// Reads the elements in place.
    public func withElements<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeBufferPointer(storage.elements))
    }

    /// Writes the elements in place, after taking a copy of its own if another tensor shares them.
    public mutating func withMutableElements<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeUnique()
        defer { withExtendedLifetime(storage) {} }
        return try body(storage.elements)
    }

    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
    }
}

extension Tensor: Equatable {
    /// Equal shapes and equal elements; NaN equals nothing.
    public static func == (left: Tensor, right: Tensor) -> Bool {
        left.shape == right.shape && left.storage.elements.elementsEqual(right.storage.elements)
    }
}

/// One aligned allocation, owned and given back here, or part of somebody else's memory.
///
/// Only ``Tensor`` writes it, and only when it is the sole owner.
private final class Storage: @unchecked Sendable {
    let elements: UnsafeMutableBufferPointer<Float>
    private let memory: UnsafeMutableRawBufferPointer
    /// Who gives the memory back; `nil` for this object.
    private let owner: (AnyObject & Sendable)?

    init(_ memory: UnsafeMutableRawBufferPointer, of owner: AnyObject & Sendable) {
        self.memory = memory
        self.owner = owner
        elements = memory.bindMemory(to: Float.self)
    }

    init(count: Int) {
        owner = nil
        memory = BufferCache.shared.take(byteCount: max(count, 1) * MemoryLayout<Float>.stride)
        elements = UnsafeMutableBufferPointer(start: memory.bindMemory(to: Float.self).baseAddress, count: count)
    }

    convenience init(copying other: Storage) {
        self.init(count: other.elements.count)
        _ = elements.update(fromContentsOf: other.elements)
    }

    deinit { if owner == nil { BufferCache.shared.giveBack(memory) } }
}
