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

    @Test func aMissingProgramIsAnError() {
        #expect(throws: IsolatedProcess.StartError.self) {
            try IsolatedProcess(executable: "/no/such/program", arguments: ["x"])
        }
    }

    #if os(Linux)
        @Test(arguments: ["write", "socket", "unlink", "kill", "mkdir"])
        func powersAreGivenUp(what: String) async {
            await #expect(processExitsWith: .success) { [what = what as String] in
                enterIsolation(IsolationLimits(memoryBytes: 8 << 30))
                exit(isRefused(what) && canReadAndThread() ? 0 : 1)
            }
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
            case .exited, .crashed: ends["crashed", default: 0] += 1
            case .tooLate, .tooMuchOutput: ends["ended", default: 0] += 1
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

#if os(Linux)
    /// Whether the system says that this may not be done.
    private func isRefused(_ what: String) -> Bool {
        let status =
            switch what {
            case "write": open("/dev/null", O_WRONLY)
            case "socket": socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            case "unlink": unlink("/tmp/none")
            case "kill": kill(getppid(), 0)
            case "mkdir": mkdir("/tmp/none", 0o700)
            default: Int32(0)
            }
        return status == -1 && errno == EPERM
    }

    /// Whether there is left what a reader needs.
    private func canReadAndThread() -> Bool {
        guard open("/dev/null", O_RDONLY) >= 0 else { return false }
        let thread = Thread {}
        thread.start()
        while !thread.isFinished { usleep(100) }
        return true
    }
#endif
