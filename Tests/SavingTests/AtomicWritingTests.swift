import Foundation
import Saving
import Testing

@Suite struct AtomicWritingTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "saving-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func write(_ text: String, _ name: String, replacing: Bool = false) throws(SavingError) {
        let path = path(name)
        var result: Result<Void, SavingError> = .success(())
        Array(text.utf8).withUnsafeBytes { bytes in
            result = Result { () throws(SavingError) in try writeAtomically(bytes, to: path, replacing: replacing) }
        }
        try result.get()
    }

    private func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    @Test(arguments: [false, true]) func whatLiesInTheWayOfATemporaryFileStaysAndHoldsNobodyUp(replacing: Bool) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let prefix = ".x.keras.saving-100000"
        #expect(mkfifo(path(prefix + "0"), 0o666) == 0)
        try FileManager.default.createDirectory(atPath: path(prefix + "1"), withIntermediateDirectories: false)
        symlink("/dev/zero", path(prefix + "2"))
        symlink(prefix + "3", path(prefix + "3"))
        let socket = try LocalSocket(folder: folder, name: prefix + "4")
        defer { socket.close() }
        // What a killed process left.
        try Data("half".utf8).write(to: folder.appending(path: prefix + "5"))
        try write("whole", "x.keras", replacing: replacing)
        #expect(try text("x.keras") == "whole")
        #expect(try names == (0...4).map { prefix + "\($0)" } + ["x.keras"])
    }

    @Test func withoutReplacingOneOfManyWins() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for round in 0..<20 {
            let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        do {
                            try write(String(repeating: "\(writer)", count: 10_000), "file\(round)")
                            return writer
                        } catch SavingError.exists {
                            return nil
                        }
                    }
                }
                var winners: [Int] = []
                for try await winner in group { if let winner { winners.append(winner) } }
                return winners
            }
            #expect(winners.count == 1)
            let expected = winners.first.map { String(repeating: "\($0)", count: 10_000) }
            #expect(try text("file\(round)") == expected)
        }
        #expect(try names.count == 20, "no temporary file is left")
    }

    @Test func aLinkIsFollowed() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("old", "file")
        symlink("file", path("link"))
        #expect(throws: SavingError.exists) { try write("new", "link") }
        try write("new", "link", replacing: true)
        #expect(try text("file") == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == "file")
    }

    @Test(arguments: [("nowhere", "it leads to no file"), ("link", "levels of symbolic links")], [false, true])
    func aLinkThatLeadsToNoFileIsAnError(_ link: (target: String, reason: String), replacing: Bool) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        symlink(link.target, path("link"))
        let error = #expect(throws: SavingError.self) { try write("new", "link", replacing: replacing) }
        #expect(error?.description.contains(link.reason) == true, "\(error?.description ?? "")")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == link.target)
        #expect(try names == ["link"])
    }

    @Test func whatIsNoFileIsNotReplaced() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(mkfifo(path("fifo"), 0o666) == 0)
        for replacing in [false, true] {
            #expect(throws: SavingError.notAFile) { try write("new", "fifo", replacing: replacing) }
        }
        #expect(try names == ["fifo"])
    }
}

/// A socket that lies in a folder.
private struct LocalSocket {
    private let descriptor: Int32

    struct Failure: Error {}

    init(folder: URL, name: String) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(folder.appending(path: name).path.utf8CString)
        guard path.count <= MemoryLayout.size(ofValue: address.sun_path) else { throw Failure() }
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            path.withUnsafeBytes { room.copyMemory(from: $0) }
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard status == 0 else { throw Failure() }
    }

    func close() { _ = Foundation.close(descriptor) }
}
