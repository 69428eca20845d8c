import Escaping

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where words go: results to stdout, everything else to stderr.
///
/// All that is printed goes through here, and what a terminal would obey is made visible: a name in a file moves no
/// cursor and sets no title. Our own styles pass by a mark that no file can know.
enum Console {
    /// Prints a result.
    ///
    /// - Throws: ``CommandError`` where stdout takes no more, as on a full disk.
    static func print(_ text: String) throws(CommandError) {
        try write(shown(text + "\n"), to: STDOUT_FILENO)
    }

    /// Prints progress, a hint or a log line.
    static func note(_ text: String) {
        try? write(shown(text + "\n"), to: STDERR_FILENO)  // without stderr there is nowhere left to complain
    }

    static func warn(_ sentence: String) {
        note("keras-bridge: \(Terminal.stderr.styled("warning", .yellow)): \(sentence.visible())")
    }

    /// Says what went wrong.
    ///
    /// - Parameter keepingLines: whether the sentence is one of several lines, as other programs' words are. A name in
    ///   a file must not begin a line that looks like ours.
    static func complain(_ sentence: String, keepingLines: Bool = false) {
        note(
            "keras-bridge: \(Terminal.stderr.styled("error", .red)): \(sentence.visible(keepingLines: keepingLines))")
    }

    /// Prints what another process of ours said, which a file may have taken over.
    static func relay(_ bytes: [UInt8], to descriptor: Int32) throws(CommandError) {
        try write(String(decoding: bytes, as: UTF8.self).visible(keepingLines: true), to: descriptor)
    }

    /// Writes a line over the one that the cursor is in.
    static func redraw(_ line: String, on terminal: Terminal) {
        try? write("\r\(shown(line))\u{1B}[K", to: terminal.descriptor)  // a bar that nobody sees is no loss
    }

    /// Ends the process.
    static func end(_ status: ExitStatus) -> Never { exit(status.rawValue) }

    /// Begins the control sequences of our own styles, until they are written.
    static let mark = "\u{1B}" + String(UInt64.random(in: .min ... .max), radix: 36)

    private static func shown(_ text: String) -> String {
        let isStyled = Terminal.stdout.usesColor || Terminal.stderr.usesColor
        guard isStyled, text.utf8.contains(0x1B) else { return text.visible(keepingLines: true) }
        return text.split(separator: mark, omittingEmptySubsequences: false)
            .map { String($0).visible(keepingLines: true) }.joined(separator: "\u{1B}")
    }

    /// Writes all of a text to a file descriptor.
    private static func write(_ text: String, to descriptor: Int32) throws(CommandError) {
        var rest = Array(text.utf8)[...]
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
