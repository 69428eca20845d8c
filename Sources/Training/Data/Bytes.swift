import Saving

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
    let limit = DataLimits.current.bytes
    guard status.st_size <= limit else {
        throw .malformed(file: path, problem: "has \(status.st_size) bytes, more than the limit of \(limit) for data")
    }
    // One byte more than expected, so that the end is seen without a second buffer; pipes tell no size.
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 65_536))
    var count = 0
    while true {
        let read = bytes.withUnsafeMutableBytes { fread($0.baseAddress.map { $0 + count }, 1, $0.count - count, file) }
        count += read
        if read == 0 { break }
        guard count <= limit else {
            throw .malformed(file: path, problem: "has more bytes than the limit of \(limit) for data")
        }
        if count == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
    }
    guard ferror(file) == 0 else { throw .unreadable(file: path, reason: lastReason()) }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// Writes a file whole or not at all, in the place of one that may be there.
func writeBytes(_ bytes: [UInt8], to path: String) throws(DataError) {
    var status: Result<Void, SavingError> = .success(())
    bytes.withUnsafeBytes { bytes in
        status = Result { () throws(SavingError) in try writeAtomically(bytes, to: path, replacing: true) }
    }
    do {
        try status.get()
    } catch {
        if case .system(_, let reason) = error { throw .unwritable(file: path, reason: reason) }
        throw .unwritable(file: path, reason: error.description)
    }
}

/// What the system says about the call that failed last.
func lastReason() -> String { String(cString: strerror(errno)) }
