#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// All bytes of a file.
func readBytes(of path: String) throws(DataError) -> [UInt8] {
    guard let file = fopen(path, "rb") else {
        throw errno == ENOENT ? .missing(file: path) : .unreadable(file: path, reason: lastReason())
    }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0 else { throw .unreadable(file: path, reason: lastReason()) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .unreadable(file: path, reason: "it is a folder") }
    // One byte more than expected, so that the end is seen without a second buffer; pipes tell no size.
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 65_536))
    var count = 0
    while true {
        let read = bytes.withUnsafeMutableBytes { fread($0.baseAddress.map { $0 + count }, 1, $0.count - count, file) }
        count += read
        if read == 0 { break }
        if count == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
    }
    guard ferror(file) == 0 else { throw .unreadable(file: path, reason: lastReason()) }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// Writes a file whole or not at all: into a new file beside it, flushed to the disk, then renamed.
func writeBytes(_ bytes: [UInt8], to path: String) throws(DataError) {
    let draft = "\(path).\(getpid()).tmp"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    guard descriptor >= 0 else { throw .unwritable(file: path, reason: lastReason()) }
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { break }
        written += count
    }
    let isWhole = written == bytes.count && fsync(descriptor) == 0
    let reason = lastReason()
    close(descriptor)
    guard isWhole, rename(draft, path) == 0 else {
        let error = DataError.unwritable(file: path, reason: isWhole ? lastReason() : reason)
        unlink(draft)
        throw error
    }
}

/// What the system says about the call that failed last.
func lastReason() -> String { String(cString: strerror(errno)) }
