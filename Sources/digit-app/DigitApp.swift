import ArgumentParser
import Digits
import Escaping
import Foundation
import KerasBridge
import Start

/// Serves a page that reads handwritten digits, on this machine.
@main
struct DigitApp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digit-app",
        abstract: "Reads handwritten digits in the browser: draw, upload or photograph them.",
        discussion: """
            Prints the address to open. Ctrl-C or SIGTERM lets requests in work end, then stops.
            Nothing is sent anywhere, and nothing is kept unless --save-corrections says where.
            """,
        version: "0.1.0")

    @Argument(
        help: "A Keras file with input 28 × 28 and 10 outputs; without it, the model that is part of the program.")
    var model: String?

    @Option(help: "Where to listen. Beyond this machine only if you say so: 0.0.0.0.")
    var host = "127.0.0.1"

    @Option(help: "Port; 0 takes any free one.")
    var port = 8080

    @Option(help: "A further name that browsers may know this server by; may stand more than once.")
    var allowHost: [String] = []

    @Flag(help: "Open the page in the browser.")
    var open = false

    @Option(help: "Threads for arithmetic; all cores by default.")
    var threads: Int?

    @Option(help: "Largest request body, in bytes or as 4MiB.")
    var maxBody = ByteSize(ServerLimits().bodyBytes)

    @Option(help: "Most connections at once.")
    var maxConnections = ServerLimits().connections

    @Option(help: "Keep corrections as DIR/LABEL/….png, which `keras-bridge train --data DIR` reads.")
    var saveCorrections: String?

    static func main() async {
        guard !CommandWords.all.isEmpty else {
            complain("the system does not tell the words of the command line; is /proc mounted?")
            Foundation.exit(1)
        }
        if let lack = Surroundings.lack(threads: 4) {
            complain(lack)
            Foundation.exit(1)
        }
        do {
            var command = try parseAsRoot(Array(CommandWords.arguments))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let text = fullMessage(for: error)
            if !text.isEmpty {
                exitCode(for: error).isSuccess ? say(text) : write(text + "\n", to: .standardError)
            }
            Foundation.exit(exitCode(for: error).rawValue)
        }
    }

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port expects 0 to 65535, found \(port)") }
        guard maxConnections >= 1 else {
            throw ValidationError("--max-connections expects at least 1, found \(maxConnections)")
        }
        guard (1024...(256 << 20)).contains(maxBody.bytes) else {
            throw ValidationError("--max-body expects 1KiB to 256MiB, found \(maxBody)")
        }
        if let threads, threads < 1 { throw ValidationError("--threads expects at least 1, found \(threads)") }
    }

    func run() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = maxBody.bytes
        limits.connections = maxConnections
        do {
            let card = try ModelCard.load(model, pool: threads.map { WorkerPool(threads: $0) } ?? .shared)
            let corrections = try saveCorrections.map { try CorrectionFolder($0, most: limits.corrections) }
            let app = App(card: card, corrections: corrections, limits: limits)
            let server = Server(
                host: host, port: port, limits: limits,
                routes: app.routes(Doorkeeper(host: host, names: allowHost)))
            let (host, opens) = (host, open)
            try await server.run { port in
                let address = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/"
                say(
                    "digit-app: \(address)  (\(card.recognizer.name), \(card.summary.parameters) parameters; Ctrl-C stops)"
                )
                if opens { Browser.open(address) }
            }
        } catch {
            complain(Self.sentence(error, host, port))
            throw ExitCode(Self.status(of: error))
        }
    }

    private static func sentence(_ error: any Error, _ host: String, _ port: Int) -> String {
        let text = "\(error)"
        guard text.contains("errno: 98") || text.contains("errno: 48") else { return text }
        return "port \(port) of \(host) is taken; give another with --port, or 0 for any free one"
    }

    /// As `keras-bridge` ends: 65 a bad input file, 66 none, 74 could not write, 1 the rest.
    private static func status(of error: any Error) -> Int32 {
        switch error {
        case let error as KerasError:
            if case .fileMissing = error.problem { return 66 }
            return 65
        case is RecognizerError: return 65
        case is CorrectionFolder.Failure: return 74
        default: return 1
        }
    }
}

/// To stdout at once, also where that is a pipe.
func say(_ line: String) {
    write(line + "\n", to: .standardOutput)
}

private func complain(_ sentence: String) {
    write("digit-app: error: \(sentence.visible())\n", to: .standardError)
}

/// What a terminal would obey is made visible: names come from files, and words from whoever typed them.
private func write(_ text: String, to output: FileHandle) {
    try? output.write(contentsOf: Data(text.visible(keepingLines: true).utf8))  // nobody is left to be told
}

/// A number of bytes as people type it: `500000`, `64KiB`, `4MiB`.
struct ByteSize: ExpressibleByArgument, CustomStringConvertible {
    let bytes: Int

    private static let units = [("MiB", 1 << 20), ("KiB", 1 << 10)]

    init(_ bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        let unit = Self.units.first { argument.hasSuffix($0.0) }
        guard let number = Int(argument.dropLast(unit?.0.count ?? 0)), number >= 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
        if overflow { return nil }
        self.bytes = bytes
    }

    var description: String {
        guard bytes > 0, let unit = Self.units.first(where: { bytes % $0.1 == 0 }) else { return "\(bytes)" }
        return "\(bytes / unit.1)\(unit.0)"
    }

    var defaultValueDescription: String { description }
}
