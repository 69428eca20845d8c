import Foundation
import HDF5
import Testing

extension HDF5Tests {
    @Suite struct FileTests {
        @Test func whatIsWrittenToDiskIsReadBack() throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/t.h5"
            let draft = try FileDraft(named: path)
            try draft.root.createDataset("x", shape: [2, 2], values: [1, 2, 3, 4] as [Float])
            try draft.write(to: path)
            #expect(try File(path: path).root.dataset("x").read() == [1, 2, 3, 4] as [Float])
            #expect(try folder.names() == ["t.h5"])
        }

        @Test func theSameContentGivesTheSameBytes() throws {
            let folder = try TemporaryFolder()
            func build(_ draft: borrowing FileDraft) throws {
                try draft.root.attributes.write("config", string: "{}")
                let values = (0..<500).map(Float.init)
                try draft.root.createDataset(
                    "a/x", shape: [500], values: values, layout: .chunked([100], filters: [.deflate(4)]))
                try draft.root.createDataset("a/y", shape: [500], values: values)
            }
            let first = try FileDraft(named: "first.h5")
            try build(first)
            let bytes = try first.bytes()
            Thread.sleep(forTimeInterval: 1.1)  // times are kept in seconds
            let second = try FileDraft(named: "second.h5")
            try build(second)
            try second.write(to: folder.path + "/second.h5")
            #expect(try [UInt8](Data(contentsOf: URL(filePath: folder.path + "/second.h5"))) == bytes)
        }

        @Test func writesTheOldestFormat() throws {
            let draft = try FileDraft(named: "t.h5")
            try draft.root.createGroup("g")
            let bytes = try draft.bytes()
            try #require(bytes.count > 14)
            #expect(bytes[8] == 0, "superblock version")
            #expect(bytes[13] == 8 && bytes[14] == 8, "size of offsets and lengths")
            #expect(bytes.indices.dropLast(3).contains { bytes[$0..<$0 + 4].elementsEqual(Array("SNOD".utf8)) })
            #expect(!bytes.indices.dropLast(3).contains { bytes[$0..<$0 + 4].elementsEqual(Array("OHDR".utf8)) })
        }

        @Test func aDraftThatIsLetGoLeavesNothing() throws {
            let folder = try TemporaryFolder()
            do {
                let draft = try FileDraft(named: folder.path + "/t.h5")
                try draft.root.createGroup("g")
            }
            #expect(try folder.names() == [])
        }

        @Test func groupsOfAFinishedDraftAreHarmless() throws {
            let draft = try FileDraft(named: "t.h5")
            let group = try draft.root.createGroup("g")
            let bytes = try draft.bytes()
            try group.attributes.write("late", value: 1)
            #expect(try File(bytes: bytes, named: "t.h5").root.group("g").attributes.names() == [])
        }

        @Test func groupsOutliveTheirFile() throws {
            func open() throws -> Group { try File(path: fixture("links.h5"), check: .none).root.group("real") }
            let group = try open()
            #expect(try group.dataset("data").read() == [1, 2] as [Float])
        }

        @Test func theSameFileMayBeOpenTwice() throws {
            let first = try File(path: fixture("links.h5"), check: .none)
            let second = try File(path: fixture("links.h5"), check: .none)
            #expect(try first.root.names() == second.root.names())
        }

        @Test func opensBytesFromAnArchive() throws {
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: fixture("types.h5"))))
            let file = try File(bytes: bytes, named: "model.zip/weights.h5")
            #expect(try file.root.dataset("numbers/f2-big").read() == [0, 1, 2, 3, 4, 5] as [Float])
            #expect(
                message { _ = try file.root.group("nothing") }
                    .hasPrefix("model.zip/weights.h5:/nothing — there is no such group; present: "))
        }

        @Test func bytesOfTheSameNameAreDifferentFiles() throws {
            let first = try reopened(named: "weights.h5") { root in try root.createGroup("a") }
            let second = try reopened(named: "weights.h5") { root in try root.createGroup("b") }
            #expect(try first.root.names() == ["a"])
            #expect(try second.root.names() == ["b"])
        }

        @Test func skipsAUserblock() throws {
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: fixture("userblock.h5"))))
            #expect(try File(path: fixture("userblock.h5")).root.attributes.string("text") == "behind 512 bytes")
            #expect(try File(bytes: bytes, named: "t.h5").root.dataset("data").read() == [1, 2] as [Float])
        }

        // MARK: Errors

        @Test func namesFilesThatCannotBeOpened() throws {
            let folder = try TemporaryFolder()
            let text = folder.path + "/text.h5"
            let empty = folder.path + "/empty.h5"
            try Data("Not an HDF5 file at all.".utf8).write(to: URL(filePath: text))
            try Data().write(to: URL(filePath: empty))
            #expect(
                message { _ = try File(path: "missing.h5") }
                    == "missing.h5 — cannot open the file: No such file or directory")
            #expect(message { _ = try File(path: folder.path) } == "\(folder.path) — is not a regular file")
            #expect(message { _ = try File(path: "/dev/null") } == "/dev/null — is not a regular file")
            for path in [text, empty] {
                #expect(
                    message { _ = try File(path: path) } == "\(path) — is not an HDF5 file: its signature was not found"
                )
            }
            for bytes in [[], [1, 2, 3], [UInt8](repeating: 0, count: 5000)] {
                #expect(
                    message { _ = try File(bytes: bytes, named: "t.h5") }
                        == "t.h5 — is not an HDF5 file: its signature was not found")
            }
            #expect(
                message { _ = try File(path: "a\0b") } == "a\0b — is not a usable name: it has a zero character")
        }

        @Test(arguments: [9, 50, 100, 500, 2000, 5000, 30000])
        func namesTruncatedFiles(length: Int) throws {
            let folder = try TemporaryFolder()
            let path = folder.path + "/cut.h5"
            let whole = try Data(contentsOf: URL(filePath: fixture("types.h5")))
            try whole.prefix(length).write(to: URL(filePath: path))
            #expect(message { _ = try File(path: path) }.hasPrefix("\(path) — "))
            #expect(
                message { _ = try File(bytes: [UInt8](whole.prefix(length)), named: "cut.h5") }.hasPrefix("cut.h5 — "))
        }
    }
}

/// A folder that is removed with everything in it.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hdf5-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }  // of no interest to the test

    /// All names in it, hidden ones too.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}
