#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a line for each epoch into a table: `keras.callbacks.CSVLogger`.
///
/// The columns are `epoch` (from 0) and the logs of the first epoch by name; what a later epoch lacks is `NA`.
public final class CSVLogger: Callback {
    public let path: String
    public let separator: String
    /// Whether lines are added to what the file holds.
    public let append: Bool
    private var columns: [String] = []
    private var file: UnsafeMutablePointer<FILE>?

    public init(path: String, separator: String = ",", append: Bool = false) {
        self.path = path
        self.separator = separator
        self.append = append
    }

    deinit { if let file { fclose(file) } }

    public func onTrainBegin(_ plan: FitPlan, _ trainer: inout Trainer) throws {
        close()
        // A FIFO that nobody reads is an error, not a wait without end.
        let flags = append ? O_RDWR | O_APPEND : O_WRONLY | O_TRUNC
        let descriptor = open(path, flags | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0o666)
        if descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, flags & O_APPEND) }
        file = descriptor < 0 ? nil : fdopen(descriptor, append ? "a+" : "w")
        guard file != nil else { throw DataError.unwritable(file: path, reason: lastReason()) }
        columns = []
    }

    public func onEpochEnd(_ epoch: Int, _ logs: inout Logs, _ trainer: inout Trainer) throws {
        if columns.isEmpty {
            columns = try header()
            if columns.isEmpty {
                columns = logs.names.sorted()
                try write(["epoch"] + columns)
            }
        }
        try write(["\(epoch)"] + columns.map { name in logs[name].map(String.init(describing:)) ?? "NA" })
    }

    public func onTrainEnd(_ logs: Logs, _ trainer: inout Trainer) { close() }

    /// The columns of the file that lines are added to; none where it is new.
    private func header() throws -> [String] {
        guard append, let file else { return [] }
        rewind(file)
        var line: [UInt8] = []
        while case let character = getc(file), character != EOF, character != 10 { line.append(UInt8(character)) }
        fseek(file, 0, SEEK_END)
        let names = String(decoding: line, as: UTF8.self).split(separator: separator).map(String.init)
        return Array(names.dropFirst())
    }

    private func write(_ fields: [String]) throws {
        guard let file, fputs(fields.joined(separator: separator) + "\n", file) >= 0, fflush(file) == 0 else {
            throw DataError.unwritable(file: path, reason: lastReason())
        }
    }

    private func close() {
        if let file { fclose(file) }
        file = nil
    }
}
