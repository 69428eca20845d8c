import Foundation
import HDF5
import Testing

extension HDF5Tests {
    @Suite struct AtomicWritingTests {
        @Test func replacesOnlyWhenAsked() throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/t.bin"
            try write("old", to: path)
            #expect(
                message { try write("new", to: path) }
                    == "\(path) — exists already and would be replaced; ask for replacing it, or choose another name")
            #expect(try text(at: path) == "old")
            try write("new", to: path, replacing: true)
            #expect(try text(at: path) == "new")
            #expect(try folder.names() == ["t.bin"])
        }

        @Test func keepsThePermissionsOfTheFileThatWasThere() throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/t.bin"
            try write("old", to: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            try write("new", to: path, replacing: true)
            let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(permissions == 0o640)
        }

        @Test func writesThroughASymbolicLink() throws {
            let folder = try TemporaryFolder()
            try write("old", to: folder.path + "/real")
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/link", withDestinationPath: "real")
            try write("new", to: folder.path + "/link", replacing: true)
            #expect(try text(at: folder.path + "/real") == "new")
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/link") == "real")
        }

        @Test func writesToTheFolderItIsIn() throws {
            let name = "hdf5-tests-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: name) }  // of no interest to the test
            try write("here", to: name)
            #expect(try text(at: name) == "here")
        }

        @Test func takesNamesOfAnyLength() throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/" + String(repeating: "ü", count: 127)
            try write("old", to: path)
            try write("new", to: path, replacing: true)
            #expect(try text(at: path) == "new")
        }

        @Test func namesPlacesThatCannotBeWritten() throws {
            let folder = try TemporaryFolder()
            #expect(
                message { try write("x", to: folder.path + "/no/such/t.bin") }
                    == "\(folder.path)/no/such/t.bin — cannot make a temporary file in \(folder.path)/no/such: "
                    + "No such file or directory")
            #expect(
                message { try write("x", to: folder.path, replacing: true) } == "\(folder.path) — is not a regular file"
            )
            #expect(message { try write("x", to: "/dev/null", replacing: true) } == "/dev/null — is not a regular file")
            #expect(
                message { try write("x", to: folder.path + "/new/") }
                    == "\(folder.path)/new/ — is not a usable name: a file must have a name, without a zero character")
        }

        @Test func aFullDiskLeavesTheOldFile() async throws {
            // In a process of its own, because the limit on file sizes is the process's.
            await #expect(processExitsWith: .success) {
                let folder = try TemporaryFolder()
                let path = folder.path + "/t.h5"
                try write("old", to: path)
                signal(SIGXFSZ, SIG_IGN)
                var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
                #if os(Linux)
                    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                #else
                    setrlimit(RLIMIT_FSIZE, &limit)
                #endif
                let found = message {
                    let draft = try FileDraft(named: path)
                    try draft.root.createDataset("x", shape: [10_000], values: [Float](repeating: 1, count: 10_000))
                    try draft.write(to: path, replacing: true)
                }
                try #require(found == "\(path) — cannot write the file: File too large")
                try #require(try text(at: path) == "old")
                try #require(try folder.names() == ["t.h5"])
            }
        }

        @Test func aKilledWriterLeavesTheOldFileAndTheNextRemovesItsRemains() async throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/t.bin"
            try write("old", to: path)
            // What a writer leaves behind that was killed midway: nobody holds its lock.
            let remains = folder.path + "/.t.bin.saving-1abcdef"
            try write("half", to: remains)
            let other = folder.path + "/.t.bin.saving-notes"
            try write("mine", to: other)
            #expect(try text(at: path) == "old")
            try write("new", to: path, replacing: true)
            #expect(try text(at: path) == "new")
            #expect(try folder.names() == [".t.bin.saving-notes", "t.bin"])
        }

        @Test func aWriterKilledAtAnyMomentLeavesOneWholeFile() async throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/t.h5"
            // On a busy machine a writer is killed before it has written anything.
            let first = try FileDraft(named: path)
            try first.root.createDataset("x", shape: [500_000], values: [Float](repeating: -1, count: 500_000))
            try first.write(to: path)
            for round in 0..<6 {
                await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
                    Thread.detachNewThread {
                        Thread.sleep(forTimeInterval: 0.03 + Double(round) * 0.007)
                        kill(getpid(), SIGKILL)
                    }
                    var value: Float = 0
                    while true {
                        let draft = try FileDraft(named: path)
                        let values = [Float](repeating: value, count: 500_000)
                        try draft.root.createDataset("x", shape: [500_000], values: values)
                        try draft.write(to: path, replacing: true)
                        value += 1
                    }
                }
                let values = try File(path: path).root.dataset("x").read(as: Float.self)
                #expect(values.count == 500_000)
                #expect(values.allSatisfy { $0 == values[0] })
            }
            try write("done", to: path, replacing: true)
            #expect(try folder.names() == ["t.h5"])
        }
    }
}

private func write(_ text: String, to path: String, replacing: Bool = false) throws {
    try Array(text.utf8).withUnsafeBytes { try writeAtomically($0, to: path, replacing: replacing) }
}

private func text(at path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
