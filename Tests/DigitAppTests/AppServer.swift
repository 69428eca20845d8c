import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A running digit-app on a port of its own, and requests to it.
final class AppServer: Sendable {
    struct Reply {
        let status: Int
        let body: Data
        let fields: [String: String]

        /// The body as an object.
        var json: [String: Any] {
            get throws { try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any]) }
        }

        /// The code of the problem that it tells of.
        var problem: String? {
            get throws { (try json["error"] as? [String: Any])?["code"] as? String }
        }
    }

    let address: URL
    private let process: Process

    init(_ options: String...) throws {
        let (process, output, _) = try Self.start(["--port", "0"] + options)
        self.process = process
        // The line with the address is the first that it prints.
        var line = Data()
        while !line.contains(10) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            line += more
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
        address = try #require(words.lazy.compactMap { $0.hasPrefix("http:") ? URL(string: $0) : nil }.first)
    }

    deinit { process.terminate() }

    /// Sends SIGTERM, and returns the status that it ends with.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    func ask(
        _ path: String, _ method: String = "GET", body: Data? = nil, type: String? = nil, fields: [String: String] = [:]
    ) async throws -> Reply {
        var request = URLRequest(url: try #require(URL(string: "/" + path, relativeTo: address)))
        request.httpMethod = method
        request.httpBody = body
        request.timeoutInterval = 30
        for (name, value) in fields { request.setValue(value, forHTTPHeaderField: name) }
        if let type { request.setValue(type, forHTTPHeaderField: "Content-Type") }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        var found: [String: String] = [:]
        for (name, value) in http.allHeaderFields { found["\(name)".lowercased()] = "\(value)" }
        return Reply(status: http.statusCode, body: data, fields: found)
    }

    /// Runs digit-app to its end, and returns its status and what it had to complain of.
    static func run(_ arguments: String...) throws -> (status: Int32, complaint: String) {
        let (process, _, errors) = try start(arguments)
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
        )
    }

    private static func start(_ arguments: [String]) throws -> (Process, Pipe, Pipe) {
        let (process, output, errors) = (Process(), Pipe(), Pipe())
        process.executableURL = try executable
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        return (process, output, errors)
    }

    /// The built program lies beside the test bundle.
    private static var executable: URL {
        get throws {
            var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            for _ in 0..<5 {
                folder.deleteLastPathComponent()
                let candidate = folder.appending(path: "digit-app")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            }
            throw Missing()
        }
    }

    private struct Missing: Error, CustomStringConvertible {
        var description: String { "digit-app is not built beside \(CommandLine.arguments[0])" }
    }
}
