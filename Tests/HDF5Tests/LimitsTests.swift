import HDF5
import Testing

extension HDF5Tests {
    /// Storage and sizes that are refused before anything is read.
    @Suite struct LimitsTests {
        @Test(arguments: [
            ("virtual", "storage.h5:/virtual — it is a virtual dataset, made of others, which is refused"),
            ("external", "storage.h5:/external — its values lie in 1 external files, which is refused"),
            ("lzf", "storage.h5:/lzf — its values passed the unknown filter 32000, which is refused"),
            ("scale offset", "storage.h5:/scale offset — its values passed the unknown filter 6, which is refused"),
            (
                "overflow",
                "storage.h5:/overflow — expected a shape whose product fits 63 bits, "
                    + "found shape [1099511627776, 1099511627776, 1099511627776]"
            ),
        ])
        func refusesToOpenStorageOfOtherKinds(name: String, expected: String) throws {
            let file = try File(path: fixture("storage.h5"), check: .none)
            #expect(message { _ = try file.root.dataset(name) } == expected)
        }

        @Test func refusesDatasetsBeyondTheLimitBeforeTakingMemory() throws {
            let file = try File(path: fixture("storage.h5"), check: .none)
            let bomb = try file.root.dataset("bomb")
            #expect(bomb.shape == [1 << 20, 1 << 18])
            #expect(
                message { _ = try bomb.read(as: Float.self) }
                    == "storage.h5:/bomb — shape [1048576, 262144] of 4-byte values, 1099511627776 bytes, "
                    + "exceeds the limit maxDatasetBytes = 1073741824")
        }

        @Test func refusesLargeDatasetsThatNobodyWrote() throws {
            let file = try File(path: fixture("storage.h5"), check: .none)
            #expect(
                message { _ = try file.root.dataset("chunked bomb").read(as: Float.self) }
                    == "storage.h5:/chunked bomb — 268435456 declared bytes over 0 stored ones "
                    + "exceeds the limit maxExpansion = 1100")
        }

        @Test(arguments: [
            ("short", "the chunk at [0] has 16 bytes, and should have 512"),
            ("long", "the chunk at [0] does not inflate to at most 516 bytes"),
            ("cut off", "the chunk at [0] does not inflate to at most 516 bytes"),
            ("no room for a checksum", "the chunk at [0] is too short for its checksum"),
            ("short and shuffled", "the chunk at [0] has 1 bytes, and should have 512"),
        ])
        func refusesChunksThatBecomeTooLongOrTooShort(name: String, expected: String) throws {
            let file = try File(path: fixture("storage.h5"), check: .none)
            let dataset = try file.root.dataset(name)
            #expect(
                message { _ = try dataset.read(as: Float.self) }
                    == "storage.h5:/\(name) — the file is damaged: \(expected)")
            #expect(
                message { _ = try dataset.readBytes() } == "storage.h5:/\(name) — the file is damaged: \(expected)")
        }

        @Test func refusesTooManyChunks() throws {
            let file = try File(path: fixture("storage.h5"), check: .none)
            #expect(
                message { _ = try file.root.dataset("many chunks").read(as: Float.self) }
                    == "storage.h5:/many chunks — shape [2097152] in chunks of [1] exceeds the limit maxChunks = 1048576"
            )
        }

        @Test func countsTheBytesInMemoryToo() throws {
            var limits = Limits()
            limits.maxDatasetBytes = 40
            let file = try File(path: fixture("types.h5"), limits: limits, check: .none)
            let dataset = try file.root.dataset("numbers/i1-little")
            #expect(try dataset.read(as: Float.self).count == 6)
            #expect(
                message { _ = try dataset.read(as: Double.self) }
                    == "types.h5:/numbers/i1-little — shape [2, 3] of 8-byte values, 48 bytes, "
                    + "exceeds the limit maxDatasetBytes = 40")
        }

        @Test func limitsRankFileAndNames() throws {
            var limits = Limits()
            limits.maxRank = 11
            let file = try File(path: fixture("storage.h5"), limits: limits, check: .none)
            #expect(
                message { _ = try file.root.dataset("rank 12") }
                    == "storage.h5:/rank 12 — rank 12 exceeds the limit maxRank = 11")
            limits.maxObjects = 7
            let few = try File(path: fixture("storage.h5"), limits: limits, check: .none)
            #expect(
                message { _ = try few.root.names() }
                    == "storage.h5:/ — more than 7 names exceeds the limit maxObjects = 7")
            limits.maxFileBytes = 1000
            #expect(
                message { _ = try File(path: fixture("links.h5"), limits: limits, check: .none) }
                    == "links.h5 — 4680 bytes exceeds the limit maxFileBytes = 1000")
        }

        @Test func limitsAttributes() throws {
            var limits = Limits()
            limits.maxAttributeBytes = 9
            let texts = try File(path: fixture("types.h5"), limits: limits, check: .none).root.group("texts")
            #expect(try texts.attributes.string("terminated") == "abc")
            #expect(
                message { _ = try texts.attributes.strings("fixed list") }
                    == "types.h5:/texts@fixed list — shape [2] of 8-byte values, 16 bytes, "
                    + "exceeds the limit maxAttributeBytes = 9")
            #expect(
                message { _ = try texts.attributes.string("utf8") }
                    == "types.h5:/texts@utf8 — shape [] of 16-byte values, 16 bytes, "
                    + "exceeds the limit maxAttributeBytes = 9")
        }
    }
}
