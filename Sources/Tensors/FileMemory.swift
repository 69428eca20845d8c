#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file's bytes in memory, of which tensors may be parts.
///
/// What is written into them stays in this process.
public final class FileMemory: @unchecked Sendable {
    /// Only who made this object, and has given it to nobody yet, may write.
    public let bytes: UnsafeMutableRawBufferPointer

    /// The bytes of a file, read by the system as far as they are looked at.
    ///
    /// The file must keep its length and its content as long as they are in use: a file that shrinks ends the process, as
    /// with every mapped file.
    ///
    /// - Parameters:
    ///   - descriptor: an open file; it may be closed afterwards.
    ///   - count: the file's length.
    /// - Returns: `nil` where the system cannot map it.
    public init?(mapping descriptor: Int32, count: Int) {
        guard count > 0 else { return nil }
        let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
    }

    /// Room for so many bytes, all zero, for a file that is read into it.
    ///
    /// - Returns: `nil` where there is no such room.
    public init?(count: Int) {
        guard count > 0 else { return nil }
        #if canImport(Darwin)
            let flags = MAP_PRIVATE | MAP_ANON
        #else
            let flags = MAP_PRIVATE | MAP_ANONYMOUS
        #endif
        let memory = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
        #if os(Linux)
            // All of it will be written: one fault for two megabytes instead of one for four kilobytes.
            _ = madvise(memory, count, MADV_HUGEPAGE)
        #endif
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }
}

extension Tensor {
    /// A tensor whose elements lie in a file.
    ///
    /// - Returns: `nil` where the elements would not lie inside, or not at a multiple of four bytes.
    public init?(_ shape: Shape, in file: FileMemory, at offset: Int) {
        let (end, overflow) = offset.addingReportingOverflow(shape.elementCount * MemoryLayout<Float>.stride)
        guard !overflow, offset >= 0, end <= file.bytes.count, offset.isMultiple(of: MemoryLayout<Float>.alignment)
        else {
            return nil
        }
        self.init(shape, UnsafeMutableRawBufferPointer(rebasing: file.bytes[offset..<end]), of: file)
    }
}
