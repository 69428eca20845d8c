#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file's bytes, in memory as far as they have been looked at.
///
/// What is written into them stays in this process. The file must keep its length and its content as long as they are in
/// use: a file that shrinks ends the process, as with every mapped file.
public final class MappedFile: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - descriptor: an open file; it may be closed afterwards.
    ///   - count: the file's length.
    /// - Returns: `nil` where the system cannot map it.
    public init?(descriptor: Int32, count: Int) {
        guard count > 0 else { return nil }
        let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { return nil }
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }
}

extension Tensor {
    /// A tensor whose elements lie in a file; none is read before it is looked at.
    ///
    /// - Returns: `nil` where the elements would not lie inside, or not at a multiple of four bytes.
    public init?(_ shape: Shape, in file: MappedFile, at offset: Int) {
        let (end, overflow) = offset.addingReportingOverflow(shape.elementCount * MemoryLayout<Float>.stride)
        guard !overflow, offset >= 0, end <= file.bytes.count, offset.isMultiple(of: MemoryLayout<Float>.alignment)
        else {
            return nil
        }
        self.init(shape, UnsafeMutableRawBufferPointer(rebasing: file.bytes[offset..<end]), of: file)
    }
}
