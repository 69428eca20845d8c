/// The address of elements that several threads may read at once.
///
/// Unsafe: whoever makes one keeps the tensor alive while a thread reads.
@usableFromInline
struct Elements: @unchecked Sendable {
    @usableFromInline let start: UnsafePointer<Float>

    /// - Precondition: the tensor has memory, which even an empty one has.
    @inlinable
    init(_ buffer: UnsafeBufferPointer<Float>) { self.init(buffer.baseAddress) }

    @inlinable
    init(_ start: UnsafePointer<Float>?) {
        guard let start else { preconditionFailure("a tensor always has memory") }
        self.start = start
    }
}

/// The address of elements that several threads write at once, each its own part.
@usableFromInline
struct MutableElements: @unchecked Sendable {
    @usableFromInline let start: UnsafeMutablePointer<Float>

    /// - Precondition: the tensor has memory, which even an empty one has.
    @inlinable
    init(_ buffer: UnsafeMutableBufferPointer<Float>) {
        guard let start = buffer.baseAddress else { preconditionFailure("a tensor always has memory") }
        self.start = start
    }
}

extension WorkerPool {
    /// Runs `body` over consecutive ranges of `grain` numbers (the last may be shorter) that together are `0..<count`.
    ///
    /// The ranges depend on `count` and `grain` alone, so results do not depend on the number of threads.
    @inlinable
    public func run(_ count: Int, grain: Int, _ body: @Sendable (Range<Int>) -> Void) {
        run((count + grain - 1) / grain) { part in body(part * grain..<min((part + 1) * grain, count)) }
    }
}
