#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What stands behind an output: a person's terminal, or a file, a pipe, a log.
struct Terminal: Sendable {
    let descriptor: Int32
    /// Whether a person looks on and lines may be redrawn.
    let isInteractive: Bool
    /// Whether colours are welcome: never under `NO_COLOR` or `TERM=dumb`.
    let usesColor: Bool

    static let stdout = Terminal(STDOUT_FILENO)
    static let stderr = Terminal(STDERR_FILENO)

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        let kind = getenv("TERM").map { String(cString: $0) }
        isInteractive = isatty(descriptor) == 1 && kind != "dumb" && kind != nil
        let refusal = getenv("NO_COLOR").map { String(cString: $0) } ?? ""
        usesColor = isInteractive && refusal.isEmpty
    }

    /// How many characters fit on a line now; windows change.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    enum Style: String {
        case red = "31", yellow = "33", bold = "1"
        case good = "1;32"
        case bad = "1;31"
    }

    /// The text in this style, where colours are welcome; for ``Console`` to print.
    func styled(_ text: String, _ style: Style) -> String {
        usesColor ? "\(Console.mark)[\(style.rawValue)m\(text)\(Console.mark)[0m" : text
    }

    /// A comparison's text with its first word, the verdict, in colour.
    func painted(_ text: String, isEqual: Bool) -> String {
        let word = text.prefix { $0 != " " }
        return styled(String(word), isEqual ? .good : .bad) + text.dropFirst(word.count)
    }
}
