import Foundation
import KerasFiles
import Testing

@Suite struct ZipArchiveTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zip-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

    @Test func readsBackWhatItWrites() throws {
        let big = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try ZipArchive.write([("config.json", Array("{}".utf8)), ("empty", []), ("big", big)], to: file("a.zip"))
        let archive = try ZipArchive(path: file("a.zip"))
        #expect(archive.names == ["config.json", "empty", "big"])
        #expect(try archive.read("big") == big)
        #expect(try archive.read("empty") == [])
        #expect(try archive.read("absent") == nil)
    }

    @Test func sameMembersGiveSameBytes() throws {
        let members = [("config.json", Array("{}".utf8)), ("model.weights.h5", [1, 2, 3] as [UInt8])]
        try ZipArchive.write(members, to: file("a.zip"))
        let bytes = try ZipArchive.bytes(of: members)
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: file("a.zip")))) == bytes)
        #expect(
            bytes[4..<14] == [10, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] || bytes[4..<14] == [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0])
    }

    @Test func noticesAChangedByte() throws {
        var bytes = try ZipArchive.bytes(of: [("config.json", Array("{\"a\": 1}".utf8))])
        let place = try #require(bytes.firstIndex(of: UInt8(ascii: "1")))
        bytes[place] = UInt8(ascii: "2")
        try Data(bytes).write(to: URL(fileURLWithPath: file("a.zip")))
        let archive = try ZipArchive(path: file("a.zip"))
        let fault = #expect(throws: ZipArchive.Fault.self) { try archive.read("config.json") }
        #expect(fault?.reason == "CRC error")
    }

    @Test func refusesACutArchive() throws {
        let bytes = try ZipArchive.bytes(of: [("config.json", [UInt8](repeating: 7, count: 1000))])
        for count in [0, 10, 500, bytes.count - 1] {
            try Data(bytes.prefix(count)).write(to: URL(fileURLWithPath: file("a.zip")))
            #expect(throws: ZipArchive.Fault.self) { try ZipArchive(path: file("a.zip")).names }
        }
    }

    @Test func membersCountTogether() throws {
        let members = (0..<5).map { ("m\($0)", [UInt8](repeating: 0, count: 10)) }
        try ZipArchive.write(members, to: file("a.zip"))
        #expect(try ZipArchive(path: file("a.zip"), limits: .init(memberBytes: 50)).names.count == 5)
        let fault = #expect(throws: ZipArchive.Fault.self) {
            try ZipArchive(path: file("a.zip"), limits: .init(memberBytes: 49)).names
        }
        #expect(fault?.member == "m4" && fault?.reason.contains("all members have more than the limit of 49") == true)
    }

    @Test func refusesMoreThanItsLimits() throws {
        let members = (0..<5).map { ("m\($0)", [UInt8](repeating: 0, count: 10)) }
        try ZipArchive.write(members, to: file("a.zip"))
        let many = #expect(throws: ZipArchive.Fault.self) {
            try ZipArchive(path: file("a.zip"), limits: .init(members: 4)).names
        }
        #expect(many?.reason == "it has 5 members, more than the limit of 4")
        let large = #expect(throws: ZipArchive.Fault.self) {
            try ZipArchive(path: file("a.zip"), limits: .init(memberBytes: 9)).names
        }
        #expect(large?.reason == "it declares 10 bytes, more than the limit of 9")
    }
}
