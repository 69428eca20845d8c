import Foundation
import KerasBridge
import Testing

/// The command in surroundings that lack something: /proc, open descriptors, threads, memory, a folder of one's own.
@Suite struct SurroundingsTests {
    let folder: Folder

    init() throws {
        folder = try Folder()
        try Tiny.write(Tiny.model(), "tiny.keras", in: folder)
        try Tiny.write(Tiny.model(), "tiny.h5", in: folder, .legacyH5)
        try NPY.write(Tiny.inputs(), path: folder.path("x.npy"))
        try Tiny.writeData(in: folder)
    }

    /// Whether this line of shell ends well here.
    private static func can(_ line: String) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", line]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }  // no shell: nothing can be tried
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    // MARK: Start

    #if os(Linux)
        private static let withoutProc = "unshare -m sh -c 'umount -l /proc && exec \"$@\"' -- "

        @Test(
            .enabled(if: can(withoutProc + "true"), "only root may unmount"),
            arguments: [
                ("verify none.keras --against none.h5", 66, "none.keras"), ("doctor none.keras", 66, "none.keras"),
                ("nonsense", 64, "nonsense"), ("inspect tiny.h5", 0, ""), ("doctor tiny.keras", 0, ""),
                ("predict tiny.keras --input x.npy --untrusted", 0, ""),
            ])
        func worksWithoutProc(_ line: String, _ status: Int32, _ word: String) throws {
            let run = try Command.run(shell: "\(Self.withoutProc)\"$0\" \(line)", in: folder)
            #expect(run.status == status, "\(run.stderr)")
            #expect(word.isEmpty || run.stderr.contains(word))
            #expect(status == 0 || run.stdout.isEmpty)
        }
    #endif

    @Test(arguments: ["2>&-", ">&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"])
    func aClosedDescriptorGetsNoFile(_ closed: String) throws {
        let train = "train --from tiny.keras --data data --epochs 2 -o out.keras --csv-log log.csv --tensorboard board"
        let run = try Command.run(shell: "\"$0\" \(train) \(closed)", in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        let log = String(decoding: try folder.bytes("log.csv"), as: UTF8.self).split(separator: "\n")
        #expect(log.count == 3 && log.first?.hasPrefix("epoch,") == true && log.last?.hasPrefix("1,") == true, "\(log)")
        let board = try Command.run(shell: "cat board/*/* | grep -c Epoch", in: folder)
        #expect(board.stdout == "0\n")
        let predict = try Command.run(
            shell: "\"$0\" predict tiny.keras --input x.npy --output y.npy \(closed)", in: folder)
        #expect(predict.status == 0)
        #expect(try NPY.read(path: folder.path("y.npy")).shape.extents == [Tiny.inputs().shape.extents[0], 3])
        #expect(try Command.run("summary", "out.keras", in: folder).status == 0)
    }

    // MARK: Threads and memory

    @Test(
        .disabled(if: Command.sanitizer != nil),
        arguments: [
            "ulimit -v 6291456; exec \"$0\" LINE --threads 1000", "ulimit -v 1048576; exec \"$0\" LINE --threads 64",
        ])
    func threadsThatCannotBeStartedAreDoneWithout(_ shell: String) throws {
        let line = "predict tiny.keras --input x.npy"
        let run = try Command.run(shell: shell.replacingOccurrences(of: "LINE", with: line), in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        #expect(run.stdout == (try Command.run("predict", "tiny.keras", "--input", "x.npy", in: folder)).stdout)
    }

    #if os(Linux)
        @Test(
            .enabled(
                if: getuid() == 0 && can("setpriv --version && prlimit --version"), "only root may become somebody else"
            ),
            arguments: [
                ("predict tiny.keras --input x.npy", 0), ("evaluate tiny.keras --data data", 0),
                ("summary tiny.keras", 0), ("inspect tiny.h5", 1),  // which needs a second process
            ])
        func anOrdinaryUserWithoutThreads(_ line: String, _ status: Int32) throws {
            chmod(folder.url.path, 0o755)
            let nobody = "prlimit --nproc=1 setpriv --reuid=65534 --regid=65534 --clear-groups"
            let run = try Command.run(
                shell:
                    "\(nobody) test -x \"$0\" || exit 77; exec \(nobody) \"$0\" \(line)",
                in: folder)
            // 77: the build lies where others cannot look.
            if run.status != 77 { #expect(run.status == status, "\(run.stderr)") }
            if status == 1 { #expect(run.stderr.contains("cannot be started"), "\(run.stderr)") }
        }
    #endif

    @Test(.disabled(if: Command.sanitizer != nil), arguments: [40_000, 160_000, 240_000])
    func tooLittleMemoryIsNoBugOfOurs(kibibytes: Int) throws {
        let run = try Command.run(
            shell: "ulimit -c 0; ulimit -v \(kibibytes); exec \"$0\" predict tiny.keras --input x.npy", in: folder)
        #expect([0, 1, 65, 74, 127].contains(run.status), "\(run.status): \(run.stderr)")
        #expect(run.status == 0 || !run.stderr.isEmpty)
        #expect(!run.stderr.contains("bug of ours"))
    }

    // MARK: Folders that others write, too

    private func fifo(_ name: String) { #expect(mkfifo(folder.path(name), 0o666) == 0) }

    @Test func noSaveWaitsForAFIFO() throws {
        for digit in 0..<3 { fifo(".out.keras.saving-100000\(digit)") }
        let run = try Command.run(shell: "timeout 60 \"$0\" convert tiny.h5 -o out.keras", in: folder)
        #expect(run.status == 0, "\(run.stderr)")
        fifo("log.csv")
        let train = "train --from tiny.keras --data data --epochs 1 -o o.keras --csv-log log.csv --force"
        let log = try Command.run(shell: "timeout 60 \"$0\" \(train)", in: folder)
        #expect(log.status == 1, "\(log.stderr)")
        #expect(log.stderr.contains("log.csv"))
    }

    @Test func oneOfManyWritersWins() throws {
        for round in 0..<3 {
            let writers = try (0..<4).map { _ in
                try Command.start(["convert", "tiny.h5", "-o", "out\(round).keras"], in: folder)
            }
            let ends = try writers.map { try $0.finish() }
            #expect(ends.map(\.status).sorted() == [0, 74, 74, 74], "\(ends.map(\.stderr))")
            #expect(ends.filter { $0.status == 74 }.allSatisfy { $0.stderr.contains("exists and is kept") })
        }
    }

    @Test(arguments: ["nowhere", "out.keras"], ["", " --force"])
    func aLinkThatLeadsToNoFileIsNoOutput(target: String, force: String) throws {
        symlink(target, folder.path("out.keras"))
        for line in [
            "convert tiny.h5 -o out.keras", "train --from tiny.keras --data data --epochs 1 -o out.keras",
            "verify tiny.keras --against tiny.keras --report out.keras.html",
        ] {
            if line.contains("html") {
                symlink(target == "out.keras" ? "out.keras.html" : target, folder.path("out.keras.html"))
            }
            let run = try Command.run(shell: "\"$0\" \(line)\(force)", in: folder)
            #expect(run.status == 74, "\(line): \(run.stderr)")
            #expect(run.stderr.contains("symbolic link"), "\(run.stderr)")
            #expect(!run.stderr.contains("Epoch"), "it is known before the work")
        }
        let kept = try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("out.keras"))
        #expect(kept == target)
    }

    @Test func aLinkThatLeadsSomewhereIsFollowed() throws {
        try folder.write([1, 2, 3], "real.keras")
        symlink("real.keras", folder.path("link.keras"))
        #expect(try Command.run("convert", "tiny.h5", "-o", "link.keras", in: folder).status == 74)
        #expect(try Command.run("convert", "tiny.h5", "-o", "link.keras", "--force", in: folder).status == 0)
        #expect(try Command.run("summary", "real.keras", in: folder).status == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link.keras")) == "real.keras")
    }
}
