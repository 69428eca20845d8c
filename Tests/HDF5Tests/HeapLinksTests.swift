import Foundation
import HDF5
import Testing

extension HDF5Tests {
    /// Groups that turned into the new kind because of a name that is not ASCII.
    @Suite struct HeapLinksTests {
        @Test func aFewLinksAreRead() throws {
            let file = try File(path: fixture("names-few.h5"))
            #expect(try file.root.names() == ["dense", "größe"])
            #expect(try file.root.dataset("größe/größe/kernel:0").read(as: Float.self) == [1])
        }

        /// Above eight they lie in a fractal heap; 200 fill several blocks of it, and two levels of its B-tree.
        @Test func manyLinksAreRead() throws {
            let file = try File(path: fixture("names.h5"))
            #expect(try file.root.names() == (0..<9).map { "dense_\($0)" } + ["größe", "many"])
            #expect(try Set(file.root.group("many").names()) == Set((0..<200).map { "größe \($0)" }))
            #expect(try file.root.dataset("many/größe 77/größe/kernel:0").read(as: Float.self) == [1])
        }

        @Test func theirBytesAloneAreRead() throws {
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: fixture("names.h5"))))
            #expect(try File(bytes: bytes, named: "t.h5").root.names().count == 11)
        }

        /// Where a link cannot be read, libhdf5 1.10.8 frees memory that it never took.
        @Test(
            arguments: [
                // signature, offset, bytes, words of the sentence
                ("FRHP", 5, [8], "checksum is wrong"), ("FRHP", 46, [0, 0], "checksum is wrong"),
                ("BTHD", 24, [1], "checksum is wrong"), ("BTLF", 20, [1], "checksum is wrong"),
                ("BTIN", 20, [1], "checksum is wrong"), ("FHDB", 200, [1], "checksum is wrong"),
                ("FHIB", 40, [1], "checksum is wrong"),
            ] as [(String, Int, [UInt8], String)])
        func damageIsSeen(_ signature: String, _ offset: Int, _ bytes: [UInt8], _ words: String) throws {
            var file = try [UInt8](Data(contentsOf: URL(filePath: fixture("names.h5"))))
            let found = try #require(file.firstRange(of: Array(signature.utf8))).lowerBound + offset
            file.replaceSubrange(found..<found + bytes.count, with: bytes.map { $0 ^ 0x55 })
            let sentence = message { _ = try File(bytes: file, named: "t.h5") }
            #expect(sentence.hasPrefix("t.h5:/") && sentence.contains(words), "\(sentence)")
        }

        /// Damage whose maker knew the checksum, too.
        @Test(
            arguments: [
                ("FRHP", 22, [0, 0, 0, 0, 0, 0, 0, 0], 142, "too long for the blocks"),
                ("FRHP", 46, [0, 0], 142, "where no object can be"),
                ("FRHP", 110, [3], 142, "impossible sizes"), ("FRHP", 112, [7], 142, "impossible sizes"),
                ("FRHP", 10, [4, 0], 142, "where no object can be"), ("FRHP", 102, [1], 142, "objects in references"),
                ("FRHP", 132, [0xFF, 0xFF, 0xFF], 142, "outside the file"), ("BTHD", 26, [1], 34, "and says 1"),
                ("BTHD", 24, [0xFF], 34, "are the most"), ("BTHD", 12, [17], 34, "levels"),
                ("BTHD", 6, [1, 0, 0, 0], 34, "nodes of 1 bytes"),
            ] as [(String, Int, [UInt8], Int, String)])
        func damageWithTheRightChecksumIsSeen(
            _ signature: String, _ offset: Int, _ bytes: [UInt8], _ size: Int, _ words: String
        ) throws {
            var file = try [UInt8](Data(contentsOf: URL(filePath: fixture("names.h5"))))
            let start = try #require(file.firstRange(of: Array(signature.utf8))).lowerBound
            file.replaceSubrange(start + offset..<start + offset + bytes.count, with: bytes)
            let sum = file[start..<start + size].withUnsafeBytes { Checksum.of($0) }
            for byte in 0..<4 { file[start + size + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte)) }
            let sentence = message { _ = try File(bytes: file, named: "t.h5") }
            #expect(sentence.hasPrefix("t.h5:/") && sentence.contains(words), "\(sentence)")
        }
    }
}
