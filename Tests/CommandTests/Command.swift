import Foundation
import Testing

/// A run of the built `keras-bridge`, as a shell would run it.
struct Command {
    let status: Int32
    let stdout: String
    let stderr: String

    /// The object that `--json` printed.
    var json: [String: Any] {
        get throws {
            let object = try JSONSerialization.jsonObject(with: Data(stdout.utf8))
            return try #require(object as? [String: Any], "stdout holds no JSON object: \(stdout)")
        }
    }

    /// Runs the command and waits for its end.
    static func run(
        _ arguments: String..., in folder: Folder, environment: [String: String] = [:]
    ) throws -> Command {
        try run(arguments, in: folder, environment: environment)
    }

    static func run(
        _ arguments: [String], in folder: Folder, environment: [String: String] = [:]
    ) throws -> Command {
        let run = try start(arguments, in: folder, environment: environment)
        return try run.finish()
    }

    /// Starts the command; who sends it a signal meanwhile needs that.
    static func start(
        _ arguments: [String], in folder: Folder, environment: [String: String] = [:], stderr: FileHandle? = nil
    ) throws -> Running {
        try start(executable, arguments, in: folder, environment: environment, stderr: stderr)
    }

    /// Runs a line of shell, in which `$0` is the command.
    static func run(shell line: String, in folder: Folder) throws -> Command {
        let shell = URL(fileURLWithPath: "/bin/sh")
        return try start(shell, ["-c", line, executable.path], in: folder, environment: [:], stderr: nil).finish()
    }

    private static func start(
        _ executable: URL, _ arguments: [String], in folder: Folder, environment: [String: String],
        stderr: FileHandle?
    ) throws -> Running {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let name = UUID().uuidString
        // Files, not pipes: nobody has to read them while the command runs.
        let outputs = try ["out", "err"].map { ending in
            let url = folder.url.appending(path: "." + name + ending)
            try Data().write(to: url)
            return url
        }
        process.standardOutput = try FileHandle(forWritingTo: outputs[0])
        process.standardError = try stderr ?? FileHandle(forWritingTo: outputs[1])
        try process.run()
        return Running(process: process, stdout: outputs[0], stderr: outputs[1])
    }

    /// The sanitizer that this is built with, as Scripts/sanitize.sh says: `address` or `thread`.
    ///
    /// Neither can live within limits on addresses; nor the one within a limit on files that holds from the start, and
    /// the other under strace.
    static let sanitizer = ProcessInfo.processInfo.environment["KERAS_BRIDGE_SANITIZER"]

    /// The built command lies beside the test bundle.
    static var executable: URL {
        get throws {
            var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            for _ in 0..<5 {
                folder.deleteLastPathComponent()
                let candidate = folder.appending(path: "keras-bridge")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            }
            throw Missing()
        }
    }

    private struct Missing: Error, CustomStringConvertible {
        var description: String { "keras-bridge is not built beside \(CommandLine.arguments[0])" }
    }

    /// A command on its way.
    struct Running {
        let process: Process
        let stdout: URL
        let stderr: URL

        /// What stderr holds by now.
        var stderrSoFar: String { (try? String(contentsOf: stderr, encoding: .utf8)) ?? "" }

        /// Waits for the end; a command that takes two minutes (20 under a sanitizer) hangs, and is ended.
        func finish() throws -> Command {
            let process = process
            let patience = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
            let seconds = Command.sanitizer == nil ? 120.0 : 1200
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: patience)
            process.waitUntilExit()
            patience.cancel()
            defer { for url in [stdout, stderr] { try? FileManager.default.removeItem(at: url) } }
            let signalled = process.terminationReason == .uncaughtSignal
            return Command(
                status: signalled ? 128 + process.terminationStatus : process.terminationStatus,
                stdout: try String(contentsOf: stdout, encoding: .utf8),
                stderr: try String(contentsOf: stderr, encoding: .utf8))
        }
    }
}

/// A folder of a test's own, gone with it.
final class Folder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "keras-bridge-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// Writes a file, and gives its name.
    @discardableResult
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        try Data(bytes).write(to: url.appending(path: name))
        return name
    }

    func bytes(_ name: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: url.appending(path: name))) }

    /// What lies in the folder, hidden files too.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }
}
