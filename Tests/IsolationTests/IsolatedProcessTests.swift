import Foundation
import Isolation
import Testing

@Suite struct IsolatedProcessTests {
    private func shell(_ line: String, _ limits: IsolationLimits = IsolationLimits()) throws -> IsolatedProcess {
        try IsolatedProcess(executable: "/bin/sh", arguments: ["sh", "-c", line], limits: limits)
    }

    @Test func tellsHowAProgramEndedAndWhatItSaid() throws {
        let process = try shell("echo out; echo err >&2; exit 65")
        #expect(process.end == .exited(status: 65))
        #expect(process.stdout == Array("out\n".utf8))
        #expect(process.stderr == Array("err\n".utf8))
    }

    @Test(arguments: [SIGSEGV, SIGILL, SIGABRT, SIGBUS, SIGKILL])
    func aCrashIsAnEnd(signal: Int32) throws {
        #expect(try shell("kill -\(signal) $$").end == .crashed(signal: signal))
    }

    @Test(arguments: ["while :; do :; done", "exec sleep 100", "exec >/dev/null 2>&1; exec sleep 100"])
    func aHangIsEnded(line: String) throws {
        let start = ContinuousClock.now
        #expect(try shell(line, IsolationLimits(seconds: 1)).end == .tooLate)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func aFloodIsEnded() throws {
        let process = try shell("while :; do echo flood; done", IsolationLimits(outputBytes: 100_000))
        #expect(process.end == .tooMuchOutput)
        #expect(process.stdout.count < 300_000)
    }

    @Test func wantOfMemoryIsAnEndOfItsOwn() throws { #expect(try shell("kill -USR2 $$").end == .outOfMemory) }

    @Test func aMissingProgramIsAnError() {
        #expect(throws: IsolatedProcess.StartError.self) {
            try IsolatedProcess(executable: "/no/such/program", arguments: ["x"])
        }
    }

    #if os(Linux)
        /// As the user who runs the tests, and where that is root as an ordinary one, too.
        @Test(arguments: getuid() == 0 ? [[], ["nobody"]] : [[]])
        func onlyWhatReadingNeedsIsAllowed(user: [String]) throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "isolation-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let victim = folder.appending(path: "victim")
            try Data("as it was".utf8).write(to: victim)
            // So that it is the filter that refuses, not the rights.
            chmod(folder.path, 0o777)
            chmod(victim.path, 0o666)
            let before = try FileManager.default.attributesOfItem(atPath: victim.path)
            let probe = try #require(built("IsolationProbe"), "it is built beside the tests")
            let process = try IsolatedProcess(
                executable: probe, arguments: ["IsolationProbe", victim.path, folder.path] + user)
            // It ends by abort, which sends a signal.
            #expect(process.end == .crashed(signal: SIGABRT), "\(String(decoding: process.stderr, as: UTF8.self))")
            let lines = String(decoding: process.stdout, as: UTF8.self).split(separator: "\n")
            #expect(lines.first == "filter: there")
            let (needed, others) = (
                lines.dropFirst().filter { $0.hasPrefix("needed: ") },
                lines.dropFirst().filter { !$0.hasPrefix("needed: ") }
            )
            #expect(needed.count == 10 && needed.filter { $0.hasSuffix(": refused") } == [])
            #expect(others.count > 120 && others.filter { !$0.hasSuffix(": refused") } == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["victim"])
            #expect(try Data(contentsOf: victim) == Data("as it was".utf8))
            let after = try FileManager.default.attributesOfItem(atPath: victim.path)
            #expect(before[.posixPermissions] as? Int == after[.posixPermissions] as? Int)
            #expect(before[.modificationDate] as? Date == after[.modificationDate] as? Date)
        }
    #endif

    /// Files on which libhdf5 crashes or hangs, read without the check that keeps them away from it.
    @Test func noFileCrashesTheProcessThatHadItRead() throws {
        let reader = try #require(
            built("CarelessReader"), "it is built beside the tests")
        var ends: [String: Int] = [:]
        for path in crashers {
            let process = try IsolatedProcess(
                executable: reader, arguments: ["CarelessReader", path], limits: IsolationLimits(seconds: 5))
            switch process.end {
            case .exited(0), .exited(65): ends["read or refused", default: 0] += 1
            // A sanitizer makes a status of its own of a crash.
            case .exited, .crashed, .outOfMemory: ends["crashed", default: 0] += 1
            case .tooLate, .tooMuchOutput, .outOfMemory: ends["ended", default: 0] += 1
            }
        }
        #expect(ends.values.reduce(0, +) == 23)
        #expect(ends["crashed", default: 0] + ends["ended", default: 0] > 0, "they do harm: \(ends)")
    }
}

private let crashers: [String] = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let folder = package.appending(path: "Fixtures/hdf5/crashers").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []  // the test says so
    return names.sorted().map { folder + "/" + $0 }
}()

/// A program that was built with the tests.
private func built(_ name: String) -> String? {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    for _ in 0..<5 {
        folder.deleteLastPathComponent()
        let candidate = folder.appending(path: name).path
        if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
    }
    return nil
}
