import Foundation
import Testing

/// The app where something lacks around it, and what it prints.
@Suite struct AppSurroundingsTests {
    /// Runs a line of shell in which `$0` is the app; gives its status and all that it printed.
    private func run(_ line: String) throws -> (status: Int32, text: String) {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var found: URL?
        for _ in 0..<5 where found == nil {
            folder.deleteLastPathComponent()
            let candidate = folder.appending(path: "digit-app")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { found = candidate }
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec 2>&1; \(line)", try #require(found).path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    #if os(Linux)
        @Test func withoutProcIsAnError() throws {
            let check = try run("unshare -m sh -c 'umount -l /proc' 2>/dev/null")
            guard check.status == 0 else { return }  // only root may unmount
            let found = try run("exec unshare -m sh -c 'umount -l /proc; exec timeout 60 \"$0\" none.keras' \"$0\"")
            #expect(found.status == 1)
            #expect(found.text.hasPrefix("digit-app: error: /proc is not mounted"), "\(found.text)")
        }
    #endif

    @Test(arguments: ["<&-", "<&- >/dev/null 2>&-"]) func closedDescriptorsAreNoMatter(_ closed: String) throws {
        #expect(try run("exec timeout 60 \"$0\" none.keras \(closed)").status == 66)
    }

    @Test(arguments: ["\"$(printf 'a\\033]0;t\\007\\302\\233').keras\"", "\"$(printf -- '--x\\033[31m')\""])
    func whatIsPrintedIsToBeRead(_ word: String) throws {
        let found = try run("exec timeout 60 \"$0\" \(word)")
        #expect([64, 66].contains(found.status))
        #expect(found.text.contains("\\u001b"))
        #expect(
            found.text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control },
            "\(found.text)")
    }
}
