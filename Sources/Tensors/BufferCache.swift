import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Keeps the memory of tensors that are gone for tensors to come, so that a warm training step allocates nothing.
///
/// Fresh pages from the operating system cost more than most kernels that fill them. Small buffers go straight to the
/// allocator, which is quick for them; what is kept never exceeds ``capacity``.
final class BufferCache: Sendable {
    static let shared = BufferCache()

    /// One AVX-512 register, one cache line.
    static let alignment = 64
    /// Buffers below this many bytes are not kept.
    static let smallest = 32 << 10
    /// A large page of the x86-64 and arm64 kernels.
    static let hugePage = 2 << 20
    /// The most bytes that are kept for later.
    static let capacity = 512 << 20

    /// The pointers are owned by nobody else while they are kept.
    private struct Kept: @unchecked Sendable {
        var buffers: [Int: [UnsafeMutableRawBufferPointer]] = [:]
        var bytes = 0
    }
    private let kept = Mutex(Kept())

    /// Memory for at least so many bytes, with anything in it.
    func take(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        #if FRESH_MEMORY
            return FreshMemory.buffer(byteCount)
        #endif
        let size = Self.rounded(byteCount)
        if size >= Self.smallest {
            let found = kept.withLock { kept in
                let buffer = kept.buffers[size]?.popLast()
                if buffer != nil { kept.bytes -= size }
                return Sent(buffer: buffer)
            }
            if let buffer = found.buffer { return buffer }
        }
        guard size >= Self.hugePage else { return .allocate(byteCount: size, alignment: Self.alignment) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: Self.hugePage)
        #if os(Linux)
            // Fresh memory costs a fault for each page, and there are 512 times fewer large ones. A hint: it may fail.
            madvise(buffer.baseAddress, size, 14 /* MADV_HUGEPAGE */)
        #endif
        return buffer
    }

    /// Takes memory back that ``take(byteCount:)`` gave.
    func giveBack(_ buffer: UnsafeMutableRawBufferPointer) {
        #if FRESH_MEMORY
            return buffer.deallocate()
        #endif
        let sent = Sent(buffer: buffer)
        let isKept =
            buffer.count >= Self.smallest
            && kept.withLock { kept in
                guard let buffer = sent.buffer, kept.bytes + buffer.count <= Self.capacity else { return false }
                kept.buffers[buffer.count, default: []].append(buffer)
                kept.bytes += buffer.count
                return true
            }
        if !isKept { buffer.deallocate() }
    }

    /// A buffer on its way through the lock.
    private struct Sent: @unchecked Sendable { let buffer: UnsafeMutableRawBufferPointer? }

    /// Whole cache lines, and whole pages for what is kept, so that near sizes share buffers.
    private static func rounded(_ byteCount: Int) -> Int {
        let unit = byteCount >= smallest ? 4096 : alignment
        return (byteCount + unit - 1) / unit * unit
    }
}
