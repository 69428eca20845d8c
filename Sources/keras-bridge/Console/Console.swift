#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where words go: results to stdout, everything else to stderr.
enum Console {
    /// Prints a result.
    ///
    /// - Throws: ``CommandError`` where stdout takes no more, as on a full disk.
    static func print(_ text: String) throws(CommandError) {
        try write(text + "\n", to: STDOUT_FILENO)
    }

    /// Prints progress, a hint or a log line.
    static func note(_ text: String) {
        try? write(text + "\n", to: STDERR_FILENO)  // without stderr there is nowhere left to complain
    }

    static func warn(_ sentence: String) {
        note("keras-bridge: \(Terminal.stderr.styled("warning", .yellow)): \(sentence)")
    }

    static func complain(_ sentence: String) {
        note("keras-bridge: \(Terminal.stderr.styled("error", .red)): \(sentence)")
    }

    /// Ends the process.
    static func end(_ status: ExitStatus) -> Never { exit(status.rawValue) }

    /// Writes all of a text to a file descriptor.
    static func write(_ text: String, to descriptor: Int32) throws(CommandError) {
        try write(Array(text.utf8), to: descriptor)
    }

    /// Writes all of these bytes to a file descriptor.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(CommandError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw CommandError(.cannotWrite, "could not write the result: \(String(cString: strerror(errno)))")
            }
        }
    }
}

/// The C function, under a name that ``Console/write(_:to:)`` does not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
