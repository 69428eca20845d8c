import Foundation
import Images
import Testing

/// Corrections go where they were allowed to, and nowhere else.
@Suite struct CorrectionLinkTests {
    private let folder: URL
    private let elsewhere: URL
    private let digit: Data

    init() throws {
        let base = FileManager.default.temporaryDirectory.appending(path: "digit-app-\(UUID().uuidString)")
        (folder, elsewhere) = (base.appending(path: "kept"), base.appending(path: "elsewhere"))
        for each in [folder, elsewhere] {
            try FileManager.default.createDirectory(at: each, withIntermediateDirectories: true)
        }
        let bytes = (0..<784).map { UInt8((12...15).contains($0 % 28) && (4..<24).contains($0 / 28) ? 0 : 255) }
        digit = Data(RasterImage(width: 28, height: 28, bytes: bytes).png())
    }

    private func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func keep(_ server: AppServer) async throws -> AppServer.Reply {
        try await server.ask("api/corrections?label=1&drawing=1", "POST", body: digit, type: "image/png")
    }

    @Test(arguments: [true, false])
    func followsNoLinkOfALabel(_ exists: Bool) async throws {
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let target = exists ? elsewhere : elsewhere.appending(path: "missing")
        try FileManager.default.createSymbolicLink(at: folder.appending(path: "1"), withDestinationURL: target)
        let reply = try await keep(try AppServer("--save-corrections", folder.path))
        #expect(reply.status == 507)
        #expect(try reply.problem == "cannot_save")
        #expect(try names(in: elsewhere).isEmpty)
    }

    @Test func writesThroughNoLinkOfAFile() async throws {
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let server = try AppServer("--save-corrections", folder.path)
        #expect(try await keep(server).status == 201)
        let labelled = folder.appending(path: "1")
        let name = try #require(try names(in: labelled).first)
        let (file, other) = (labelled.appending(path: name), elsewhere.appending(path: "other"))
        try Data("as it was".utf8).write(to: other)
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: other)
        #expect(try await keep(server).status == 201)
        #expect(try Data(contentsOf: other) == Data("as it was".utf8))
        #expect(try names(in: labelled) == [name])
        #expect(try RasterImage(decoding: Array(Data(contentsOf: file)), name: name).width == 28)
    }

    /// The folder itself may be a link: whoever started the server named it.
    @Test func takesALinkForTheWholeFolder() async throws {
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let link = folder.deletingLastPathComponent().appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: elsewhere)
        #expect(try await keep(try AppServer("--save-corrections", link.path)).status == 201)
        #expect(try names(in: elsewhere) == ["1"])
    }
}
