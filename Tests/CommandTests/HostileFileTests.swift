import Foundation
import KerasBridge
import Testing

/// What the command does about files that mean harm: limits, isolation, numbers that are none.
@Suite struct HostileFileTests {
    let folder: Folder

    init() throws {
        folder = try Folder()
        try Tiny.write(Tiny.model(), "tiny.keras", in: folder)
        try Tiny.write(Tiny.model(), "tiny.h5", in: folder, .legacyH5)
        try NPY.write(Tiny.inputs(), path: folder.path("x.npy"))
        try NPZ.write([(name: "x", array: NumberArray(Tiny.inputs()))], path: folder.path("x.npz"), compressed: true)
        try Tiny.writeData(in: folder)
    }

    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    // MARK: Limits

    private static let picture = package.appending(path: "Fixtures/images/baseline.jpg").path

    @Test(arguments: [
        // command and flag, words of the sentence
        (["inspect", "tiny.h5", "--max-file", "1KiB"], ["tiny.h5", "bytes", "1024"]),
        (["summary", "tiny.h5", "--max-tensor", "64"], ["[18, 3]", "216", "64"]),
        (["summary", "tiny.h5", "--max-total", "100"], ["total", "100"]),
        (["summary", "tiny.h5", "--max-objects", "3"], ["more than 3", "3"]),
        (["summary", "tiny.h5", "--max-attribute", "100"], ["bytes", "100"]),
        (["summary", "tiny.keras", "--max-json", "100"], ["bytes", "100"]),
        (["summary", "tiny.keras", "--max-json-depth", "2"], ["deeper", "2"]),
        (["summary", "tiny.keras", "--max-layers", "2"], ["layers", "2"]),
        (["summary", "tiny.keras", "--max-members", "2"], ["3 members", "2"]),
        (["inspect", "tiny.keras", "--max-file", "10"], ["bytes", "10"]),
        (["evaluate", "tiny.keras", "--data", "data", "--max-data", "100"], ["bytes", "100"]),
        (["predict", "tiny.keras", "--input", "x.npy", "--max-data", "100"], ["x.npy", "bytes", "100"]),
        (["predict", "tiny.keras", "--input", "x.npz", "--max-data", "250"], ["x.npz", "bytes", "250"]),
        (["bench", "tiny.keras", "--max-data", "100"], ["random inputs", "100"]),
        (["recognize", picture, "--max-pixels", "100"], ["baseline.jpg", "100"]),
        (["recognize", picture, "--max-data", "100"], ["baseline.jpg", "bytes", "100"]),
    ])
    func aLimitIsNamedWithItsFlag(_ arguments: [String], _ words: [String]) throws {
        let run = try Command.run(arguments, in: folder)
        #expect(run.status == 65, "\(run.stderr)")
        #expect(run.stdout.isEmpty)
        let flag = try #require(arguments.last { $0.hasPrefix("--max-") })
        for word in words + ["\(flag) allows more"] { #expect(run.stderr.contains(word), "\(word) in \(run.stderr)") }
    }

    @Test func aMemberThatUnpacksToTooMuchIsNamedWithItsFlag() throws {
        try pack(["assets/bomb": "x"], times: 2 << 20)
        let run = try Command.run("summary", "packed.keras", "--max-ratio", "50", in: folder)
        #expect(run.status == 65, "\(run.stderr)")
        for word in ["assets/bomb", "compressed size", "50", "--max-ratio allows more"] {
            #expect(run.stderr.contains(word), "\(word) in \(run.stderr)")
        }
        #expect(try Command.run("summary", "packed.keras", "--max-ratio", "100000", in: folder).status == 0)
    }

    @Test func theTableInSecurityIsThatOfTheCode() throws {
        let page = try String(contentsOf: Self.package.appending(path: "SECURITY.md"), encoding: .utf8)
        let rows = page.matches(of: /\| `(--max-[a-z-]+)` \| (\w+)(?:,[^|]*)? \|/).map { ("\($0.1)", "\($0.2)") }
        let help = try Command.run("help", "inspect", in: folder).stdout
        let words = help.split { $0.isWhitespace }.joined(separator: " ")
        let flags = Set(words.matches(of: /--max-[a-z-]+/).map { "\($0.0)" })
        #expect(Set(rows.map(\.0)) == flags)
        for (flag, value) in rows {
            let place = try #require(words.firstRange(of: flag + " <"))
            let text = words[place.upperBound...]
            let found = try #require(text.firstMatch(of: /\(default: (\w+)[,)]/))
            #expect("\(found.1)" == value, "\(flag)")
        }
    }

    /// Arrays are counted before any is unpacked.
    @Test func anArchiveOfTooManyInputsIsNotUnpacked() throws {
        try NPZ.write(
            (0..<20).map { (name: "a\($0)", array: NumberArray(Tensor([100_000]))) }, path: folder.path("many.npz"),
            compressed: true)
        let run = try Command.run("predict", "tiny.keras", "--input", "many.npz", "--max-data", "100KiB", in: folder)
        #expect(run.status == 64, "\(run.stderr)")
        #expect(run.stderr.contains("takes 1 input(s)") && run.stderr.contains("found 20"), "\(run.stderr)")
    }

    // MARK: Numbers

    private static let extremes = ["-1", "0", "2147483648", "4611686018427387904", "9223372036854775807"]

    @Test(
        arguments: [
            ["train", "--from", "tiny.keras", "--data", "data", "-o", "o.keras", "--batch-size"],
            ["train", "--from", "tiny.keras", "--data", "data", "-o", "o.keras", "--epochs"],
            ["train", "--from", "tiny.keras", "--data", "data", "-o", "o.keras", "--early-stopping"],
            ["bench", "tiny.keras", "--batch-size"], ["predict", "tiny.keras", "--input", "x.npy", "--batch-size"],
            ["evaluate", "tiny.keras", "--data", "data", "--batch-size"],
            ["verify", "tiny.keras", "--reference", "x.npy", "--samples"],
            ["inspect", "tiny.keras", "--max-objects"], ["inspect", "tiny.keras", "--max-ratio"],
        ], extremes)
    func aCountFarFromWhatIsMeantIsWrongUsage(_ arguments: [String], _ number: String) throws {
        // Each with "=", for "-1" is no flag.
        let flag = try #require(arguments.last)
        let run = try Command.run(arguments.dropLast() + ["\(flag)=\(number)"], in: folder)
        // A limit may be as large as 2^53.
        let isAllowed = flag.hasPrefix("--max-") && number == "2147483648"
        #expect(run.status == (isAllowed ? 0 : 64), "\(run.stderr)")
        if !isAllowed { #expect(run.stderr.contains(number), "\(run.stderr)") }
    }

    @Test(
        arguments: ["--max-file", "--max-json", "--max-total"],
        ["9223372036854775807", "8388609GiB", "9007199254740993"])
    func aLimitBeyondWhatIsCountedIsWrongUsage(_ flag: String, _ bytes: String) throws {
        let run = try Command.run("inspect", "tiny.keras", flag, bytes, in: folder)
        #expect(run.status == 64, "\(run.stderr)")
    }

    // MARK: Isolation

    @Test(arguments: [["inspect"], ["doctor"], ["summary", "--untrusted"]])
    func isolationChangesNoResult(_ command: [String]) throws {
        for name in ["tiny.h5", "tiny.keras"] {
            let apart = try Command.run(command + [name], in: folder)
            let here = try Command.run([command[0], name, "--no-untrusted"], in: folder)
            #expect(apart.status == 0, "\(apart.stderr)")
            #expect(apart.stdout == here.stdout)
        }
    }

    @Test func othersReadInIsolationFirst() throws {
        let run = try Command.run("predict", "tiny.keras", "--input", "x.npy", "--untrusted", in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        try folder.write(Array(try folder.bytes("tiny.h5").prefix(2000)), "half.h5")
        let damaged = try Command.run("convert", "half.h5", "-o", "out.keras", "--untrusted", in: folder)
        #expect(damaged.status == 65)
        #expect(damaged.stderr.contains("half.h5"))
    }

    /// From less than the program itself takes to less than the file does: wrong usage, whose remedy is named.
    @Test(
        .disabled(if: Command.sanitizer != nil, "a sanitizer cannot live within limits on addresses"),
        arguments: ["1KiB", "8MiB", "64MiB", "128MiB"],
        ["convert wide.h5 -o out.keras --untrusted", "inspect wide.h5 --stats", "summary wide.keras --untrusted"])
    func anIsolatedProcessHasNoMoreMemoryThanItsLimit(limit: String, line: String) throws {
        let model = try Model.sequential(
            name: "wide", inputShape: [6000], [("dense", Dense(units: 6000, activation: .softmax))], seed: 1)
        try Tiny.write(model, "wide.h5", in: folder, .legacyH5)
        try Tiny.write(model, "wide.keras", in: folder)
        let starved = try Command.run(
            line.split(separator: " ").map(String.init) + ["--max-memory", limit], in: folder)
        #expect(starved.status == 64, "\(starved.stderr)")
        #expect(starved.stderr.contains("--max-memory \(limit) allows; give more"), "\(starved.stderr)")
        #expect(starved.stdout.isEmpty)
    }

    #if os(Linux)
        @Test(arguments: [
            // AddressSanitizer keeps a segmentation fault to itself.
            Command.sanitizer == nil ? (SIGSEGV, "crashed (Segmentation fault") : (SIGABRT, "crashed (Aborted"),
            // It hangs.
            (SIGSTOP, "was ended after 2 seconds; --max-seconds allows more"),
        ])
        func whatBefallsTheReaderIsAnError(signal: Int32, words: String) throws {
            // Large enough to be still at it when the signal comes.
            let model = try Model.sequential(
                name: "wide", inputShape: [4000], [("dense", Dense(units: 4000, activation: .softmax))], seed: 1)
            try Tiny.write(model, "wide.h5", in: folder, .legacyH5)
            let running = try Command.start(["inspect", "wide.h5", "--stats", "--max-seconds", "2"], in: folder)
            let parent = running.process.processIdentifier
            var child: Int32?
            while child == nil, running.process.isRunning {
                let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
                child = text?.split(separator: " ").first.flatMap { Int32($0) }  // nil until it is started
            }
            // Not before it has gone into isolation.
            usleep(20_000)
            kill(try #require(child), signal)
            let run = try running.finish()
            #expect(run.status == 65, "\(run.stderr)")
            #expect(run.stdout.isEmpty)
            #expect(run.stderr.contains("wide.h5") && run.stderr.contains(words), "\(run.stderr)")
        }
    #endif

    // MARK: Archives

    @Test(arguments: ["../config.json", "/etc/passwd", "assets/../../x", "a\\b", "evil.py", "assets/"])
    func onlyKnownMembersAreTaken(name: String) throws {
        let isKnown = name == "assets/"
        try pack([name: "x"])
        let run = try Command.run("summary", "packed.keras", in: folder)
        #expect(run.status == (isKnown ? 0 : 65), "\(run.stderr)")
        if !isKnown { #expect(run.stderr.contains(name)) }
    }

    @Test func noSymbolicLinkIsTaken() throws {
        try pack(["assets/link": "/etc/passwd"], mode: 0o120777)
        let run = try Command.run("summary", "packed.keras", in: folder)
        #expect(run.status == 65)
        #expect(run.stderr.contains("assets/link") && run.stderr.contains("symbolic link"))
    }

    /// Adds members to the tiny archive, as packed on Unix.
    private func pack(_ members: [String: String], mode: Int = 0o100644, times: Int = 1) throws {
        let script = """
            import shutil, sys, zipfile
            shutil.copy("tiny.keras", "packed.keras")
            with zipfile.ZipFile("packed.keras", "a") as archive:
                info = zipfile.ZipInfo("n")
                info.filename, info.create_system, info.external_attr = sys.argv[1], 3, int(sys.argv[3]) << 16
                info.compress_type = zipfile.ZIP_DEFLATED if int(sys.argv[4]) > 1 else zipfile.ZIP_STORED
                archive.writestr(info, "" if sys.argv[1].endswith("/") else sys.argv[2] * int(sys.argv[4]))
            """
        for (name, content) in members {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-c", script, name, content, "\(mode)", "\(times)"]
            process.currentDirectoryURL = folder.url
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
    }

    // MARK: Paths and addresses

    #if os(Linux)
        /// Links, vocabularies, code, members and shards that name other files: each run is watched by strace.
        @Test(.enabled(if: canWatch && Command.sanitizer == nil, "strace is missing, or may not watch processes here"))
        func nothingThatAFileNamesIsOpened() throws {
            let script = Self.package.appending(path: "Scripts/opened_files.sh").path
            let run = try Command.run(shell: "exec bash '\(script)' \"$0\"", in: folder)
            #expect(run.status == 0, "\(run.stdout)\(run.stderr)")
        }

        private static let canWatch: Bool = {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "strace -o /dev/null true 2>/dev/null"]
            guard (try? process.run()) != nil else { return false }  // no shell: nothing can be watched
            process.waitUntilExit()
            return process.terminationStatus == 0
        }()
    #endif

    // MARK: Numbers

    @Test func weightsThatAreNoNumbersAreNamed() throws {
        var model = try Tiny.model()
        let position = try #require(model.layers.firstIndex { $0.name == "dense" })
        model.layers[position].weights[1] = Tensor([3], [.nan, 1, -.infinity])
        try Tiny.write(model, "ruined.keras", in: folder)
        let named = try Command.run("summary", "ruined.keras", in: folder)
        #expect(named.status == 0)
        let sentence = "layer \"dense\": weight \"bias\" has 1 NaN and 1 infinite of 3 numbers"
        #expect(named.stderr.contains("warning") && named.stderr.contains(sentence), "\(named.stderr)")
        let refused = try Command.run("summary", "ruined.keras", "--strict", in: folder)
        #expect(refused.status == 65)
        #expect(refused.stdout.isEmpty && refused.stderr.contains(sentence))
        #expect(try !Command.run("summary", "tiny.keras", "--strict", in: folder).stderr.contains("NaN"))
    }

    @Test func trainingThatDivergesKeepsTheLastGoodCheckpoint() throws {
        let common = [
            "train", "--from", "tiny.keras", "--data", "data", "--checkpoint", "check.keras", "--force", "-o",
            "out.keras", "--batch-size", "20",
        ]
        let good = try Command.run(common + ["--epochs", "1"], in: folder)
        #expect(good.status == 0, "\(good.stderr)")
        let (checkpoint, output) = (try folder.bytes("check.keras"), try folder.bytes("out.keras"))
        let ruined = try Command.run(
            common + ["--epochs", "5", "--optimizer", "sgd", "--learning-rate", "3e38"], in: folder)
        #expect(ruined.status == 1, "\(ruined.stderr)")
        #expect(ruined.stderr.contains("smaller learning rate"), "\(ruined.stderr)")
        #expect(try folder.bytes("check.keras") == checkpoint)
        #expect(try folder.bytes("out.keras") == output)
    }

    // MARK: Saving

    @Test func aKillWhileSavingLeavesAWholeFile() throws {
        let script = Self.package.appending(path: "Scripts/kill_test.sh").path
        let run = try Command.run(shell: "exec bash '\(script)' 6 \"$0\"", in: folder)
        #expect(run.status == 0, "\(run.stdout)\(run.stderr)")
        #expect(run.stdout.contains("every old file stayed whole"))
    }
}
