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

    /// Some bytes, all of which are inside.
    func bytes(at offset: Int, count: Int, _ place: Place) throws(HDF5Error) -> [UInt8]
}

/// The bytes of a file in memory.
struct MemorySource: ByteSource {
    let memory: UnsafeRawBufferPointer

    var count: Int { memory.count }

    func bytes(at offset: Int, count: Int, _ place: Place) throws(HDF5Error) -> [UInt8] {
        [UInt8](UnsafeRawBufferPointer(rebasing: memory[offset..<offset + count]))
    }
}

/// A file on disk, of which only the pages that are asked for are read.
///
/// It is read, not mapped, because a mapped file that shrinks kills the process.
final class FileSource: ByteSource {
    let count: Int
    private let descriptor: Int32
    private var pages: [Int: [UInt8]] = [:]

    private static let pageSize = 1 << 12
    private static let keptPages = 1024

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

    func bytes(at offset: Int, count: Int, _ place: Place) throws(HDF5Error) -> [UInt8] {
        let first = offset / FileSource.pageSize
        let last = (offset + max(count, 1) - 1) / FileSource.pageSize
        if last - first > 4 { return try read(at: offset, count: count, place) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for page in first...last {
            let content = try self.page(page, place)
            let start = page * FileSource.pageSize
            let low = max(offset, start) - start
            let high = min(offset + count, start + content.count) - start
            if low < high { bytes += content[low..<high] }
        }
        guard bytes.count == count else { throw HDF5Error(place, .damaged("it became shorter while it was read")) }
        return bytes
    }

    private func page(_ index: Int, _ place: Place) throws(HDF5Error) -> [UInt8] {
        if let page = pages[index] { return page }
        if pages.count == FileSource.keptPages { pages.removeAll(keepingCapacity: true) }
        let start = index * FileSource.pageSize
        let page = try read(at: start, count: max(0, min(FileSource.pageSize, count - start)), place)
        pages[index] = page
        return page
    }

    private func read(at offset: Int, count: Int, _ place: Place) throws(HDF5Error) -> [UInt8] {
        var failure: HDF5Error?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let start = buffer.baseAddress.map { UnsafeMutableRawPointer($0 + initialized) }
                let got = pread(descriptor, start, min(count - initialized, 1 << 30), off_t(offset + initialized))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = HDF5Error(place, .system(operation: "read the file", reason: systemReason())) }
                if got <= 0 { return }
                initialized += got
            }
        }
        if let failure { throw failure }
        guard bytes.count == count else { throw HDF5Error(place, .damaged("it became shorter while it was read")) }
        return bytes
    }
}
