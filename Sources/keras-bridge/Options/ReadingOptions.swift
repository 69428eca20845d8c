import ArgumentParser
import KerasBridge

extension ByteCount {
    /// What an isolated process may use unless somebody says otherwise.
    static let memory = ByteCount(4 << 30)
}

/// How far files from outside are trusted.
struct ReadingOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: """
            Read in a process of its own that can neither write, start programs nor reach the network; a crash or \
            hang there is an error (default for inspect and doctor).
            """)
    var untrusted: Bool?

    @Option(help: "The memory of that process.")
    var maxMemory = ByteCount.memory

    @Option(help: "How many seconds that process may take.")
    var maxSeconds = 60

    @Flag(help: "Refuse weights with NaN or infinity, which otherwise are only named.")
    var strict = false

    @OptionGroup(title: "Limits of what is read") var limits: LimitOptions

    func validate() throws {
        guard (1...86_400).contains(maxSeconds) else {
            throw ValidationError("--max-seconds expects a number from 1 to 86400, found \(maxSeconds)")
        }
    }

    /// Reads a model, and names weights that are no numbers.
    func load(_ path: String, architecture: String? = nil) throws -> KerasFile {
        try check(KerasFile.read(path, architecture: architecture), path)
    }

    /// Names weights that are no numbers, or refuses them.
    func check(_ file: KerasFile, _ path: String) throws(CommandError) -> KerasFile {
        let found = file.nonFinite
        guard !found.isEmpty else { return file }
        let rest = found.count > 3 ? "; \(found.count - 3) more weights" : ""
        let sentence = "\(path) — \(found.prefix(3).map(\.description).joined(separator: "; "))\(rest)"
        if strict { throw CommandError(.badInput, sentence) }
        Console.warn(sentence)
        return file
    }
}

extension ReadingOptions {
    /// These options among a command line's, for a second command that reads the same file.
    func arguments(from arguments: [String]) -> [String] {
        var found: [String] = []
        for (position, argument) in arguments.enumerated() {
            if ["--strict", "--allow-missing", "--by-name", "--skip-mismatch"].contains(argument) {
                found.append(argument)
            }
            guard argument.hasPrefix("--max-") || argument.hasPrefix("--trained-on") else { continue }
            found.append(argument)
            if !argument.contains("="), position + 1 < arguments.count { found.append(arguments[position + 1]) }
        }
        return found
    }
}
