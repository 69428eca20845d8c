#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the bytes of a file are read from.
protocol ByteSource {
    var count: Int { get }

    /// All bytes, if they are in memory.
    var memory: UnsafeRawBufferPointer? { get }

    /// Fills `buffer` with the bytes from `offset` on, all of which are inside.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Problem)
}

/// The bytes of a file in memory.
struct MemorySource: ByteSource {
    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count }
    var memory: UnsafeRawBufferPointer? { bytes }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Problem) {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + buffer.count]))
    }
}

/// A file on disk, of which only the parts that are asked for are read.
///
/// It is read, not mapped, because a mapped file that shrinks kills the process.
final class FileSource: ByteSource {
    let count: Int
    let memory: UnsafeRawBufferPointer? = nil
    private let descriptor: Int32

    /// Opens the regular file at `place`.
    init(_ place: Place) throws(HDF5Error) {
        if place.file.utf8.contains(0) { throw HDF5Error(place, .badName("it has a zero character")) }
        // Not to wait for a writer, should it be a pipe.
        let descriptor = open(place.file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { throw HDF5Error(place, .system(operation: "open the file", reason: systemReason())) }
        self.descriptor = descriptor
        var status = stat()
        let result = fstat(descriptor, &status)
        count = Int(status.st_size)
        if result != 0 { throw HDF5Error(place, .system(operation: "open the file", reason: systemReason())) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw HDF5Error(place, .notAFile) }
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Problem) {
        var done = 0
        while done < buffer.count {
            let start = buffer.baseAddress.map { $0 + done }
            let got = pread(descriptor, start, min(buffer.count - done, 1 << 30), off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw .system(operation: "read the file", reason: systemReason()) }
            if got == 0 { throw .damaged("it became shorter while it was read") }
            done += got
        }
    }
}
