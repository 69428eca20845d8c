import Datasets
import Foundation
import Synchronization
import Testing

@Suite struct DownloadTests {
    private let content = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "download-tests-\(UUID().uuidString)").path
    }

    private func file(_ server: LoopbackServer, sha256: String? = nil) -> RemoteFile {
        RemoteFile(
            url: server.url("digits.gz"), name: "digits.gz", byteCount: content.count,
            sha256: sha256 ?? Checksum.digits(of: content))
    }

    private func bytes(_ name: String) -> [UInt8]? {
        FileManager.default.contents(atPath: folder + "/" + name).map { [UInt8]($0) }
    }

    private func tidy(_ server: LoopbackServer) {
        server.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func fetchesAFileOnceAndTellsItsProgress() throws {
        let server = try LoopbackServer { [content] _ in LoopbackServer.response("200 OK", content) }
        defer { tidy(server) }
        let last = Mutex(0)
        let download = Download(file(server), into: folder)
        try download.run { step in last.withLock { $0 = step.received } }
        #expect(last.withLock { $0 } == content.count)
        #expect(bytes("digits.gz") == content)
        #expect(bytes("digits.gz.part") == nil)
        try download.run { _ in }
        #expect(server.requests.count == 1)
    }

    @Test func goesOnWhereABrokenDownloadStopped() throws {
        let server = try LoopbackServer { [content] head in
            let start = LoopbackServer.start(in: head)
            if start == 0 {
                return LoopbackServer.response("200 OK", Array(content[..<100_000]), length: content.count)
            }
            return LoopbackServer.response(
                "206 Partial Content", Array(content[start...]),
                headers: ["Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)"])
        }
        defer { tidy(server) }
        let download = Download(file(server), into: folder)
        let error = #expect(throws: DatasetError.self) { try download.run { _ in } }
        #expect(error?.description.contains("could not be downloaded") == true)
        #expect(bytes("digits.gz") == nil)
        let kept = try #require(bytes("digits.gz.part")).count
        #expect(kept > 0)
        try download.run { _ in }
        #expect(bytes("digits.gz") == content)
        #expect(server.requests.last?.contains("bytes=\(kept)-") == true)
    }

    @Test func startsAgainWhenTheServerKnowsNoParts() throws {
        let server = try LoopbackServer { [content] _ in LoopbackServer.response("200 OK", content) }
        defer { tidy(server) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(repeating: 9, count: 1000).write(to: URL(fileURLWithPath: folder + "/digits.gz.part"))
        try Download(file(server), into: folder).run { _ in }
        #expect(bytes("digits.gz") == content)
    }

    @Test func throwsAwayAFileWithTheWrongChecksum() throws {
        let server = try LoopbackServer { [content] _ in LoopbackServer.response("200 OK", content) }
        defer { tidy(server) }
        let wrong = String(repeating: "0", count: 64)
        #expect(
            throws: DatasetError.wrongChecksum(
                file: server.url("digits.gz"), expected: wrong, found: Checksum.digits(of: content))
        ) { try Download(file(server, sha256: wrong), into: folder).run { _ in } }
        #expect(bytes("digits.gz") == nil)
        #expect(bytes("digits.gz.part") == nil)
    }

    @Test func stopsAServerThatSendsTooMuch() throws {
        let server = try LoopbackServer { [content] _ in LoopbackServer.response("200 OK", content + content) }
        defer { tidy(server) }
        let error = #expect(throws: DatasetError.self) { try Download(file(server), into: folder).run { _ in } }
        #expect(error?.description.contains("more than the expected 300000 bytes") == true)
        #expect(bytes("digits.gz") == nil)
    }

    @Test func saysWhatTheServerAnswered() throws {
        let server = try LoopbackServer { _ in LoopbackServer.response("404 Not Found", []) }
        defer { tidy(server) }
        let url = server.url("digits.gz")
        #expect(throws: DatasetError.downloadFailed(url: url, reason: "the server answered with status 404")) {
            try Download(file(server), into: folder).run { _ in }
        }
    }

    @Test func followsNoRedirectToAnotherScheme() throws {
        let server = try LoopbackServer { _ in
            LoopbackServer.response("302 Found", [], headers: ["Location: ftp://127.0.0.1/digits.gz"])
        }
        defer { tidy(server) }
        #expect(throws: DatasetError.self) { try Download(file(server), into: folder).run { _ in } }
        #expect(bytes("digits.gz") == nil)
    }

    @Test func saysThatTheCacheCannotBeWritten() throws {
        let server = try LoopbackServer { _ in [] }
        defer { server.stop() }
        let error = #expect(throws: DatasetError.self) { try Download(file(server), into: "/dev/null/x").run { _ in } }
        #expect(error?.description.hasPrefix("/dev/null/x/digits.gz could not be written") == true)
    }
}
