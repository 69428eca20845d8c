import ArgumentParser

/// A command that reads model files, from strangers perhaps.
protocol ReadingCommand: ParsableCommand {
    var reading: ReadingOptions { get }
    /// The model files that it is about to read, each with where its architecture is declared.
    var modelFiles: [(path: String, architecture: String?)] { get }
    /// Whether it only reads and prints, so that all of it can be done in isolation.
    var onlyReads: Bool { get }
    static var isUntrustedByDefault: Bool { get }
}

extension ReadingCommand {
    var onlyReads: Bool { false }
    static var isUntrustedByDefault: Bool { false }

    /// Runs the command, as far from a stranger's file as it was asked to.
    func runWithinLimits(_ arguments: [String]) throws {
        var command = self
        guard !Isolation.isInside, reading.untrusted ?? Self.isUntrustedByDefault, !modelFiles.isEmpty else {
            return try reading.limits.apply { try command.run() }
        }
        if onlyReads { return try Isolation.relay(arguments, modelFiles.map(\.path), reading) }
        // What writes, trains or starts Keras reads here after all, but only what was read unharmed before.
        for (path, architecture) in modelFiles {
            try Isolation.rehearse(path, architecture, arguments, reading)
        }
        try reading.limits.apply { try command.run() }
    }
}
