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

        @Test func shapesThatOnlyLookSmallAreListed() throws {
            let file = try File(path: fixture("shapes.h5"))
            for name in try file.root.names() { #expect(try file.root.dataset(name).count >= 0) }
            #expect(try file.root.dataset("zero last").shape == [1 << 62, 1 << 62, 0])
            #expect(try file.root.dataset("zero first").read(as: Float.self).isEmpty)
            for name in ["long", "long too"] {
                #expect(message { _ = try file.root.dataset(name).read(as: UInt8.self) }.contains("exceeds the limit"))
            }
        }

        @Test func eachReadOfADatasetCounts() throws {
            var limits = Limits()
            limits.maxTotalBytes = 3 * 65_536
            let file = try File(path: fixture("one-dataset.weights.h5"), limits: limits)
            let budget = ReadingBudget(limits)
            for place in ["dense", "dense_1", "dense_2"] {
                try budget.charge(file.root.dataset("layers/\(place)/vars/0"), of: 4)
            }
            #expect(
                message { try budget.charge(file.root.dataset("optimizer/vars/7"), of: 4) }
                    == "one-dataset.weights.h5:/optimizer/vars/7 — 262144 bytes read so far, this included, "
                    + "exceeds the limit maxTotalBytes = 196608")
        }

        @Test func aZeroHidesNoShapeFromReaders() throws {
            let file = try File(path: fixture("shapes.h5"))
            let budget = ReadingBudget(Limits())
            for name in ["zero last", "zero first"] {
                #expect(message { try budget.charge(file.root.dataset(name), of: 4) }.contains("fits 57 bits"))
            }
        }

        /// What libhdf5 keeps of each chunk while it reads is more than a chunk of one byte.
        @Test func chunksCountBesideTheirBytes() throws {
            let values = [UInt8](repeating: 1, count: 3000)
            let file = try reopened { root in
                try root.createDataset("x", shape: [3000], values: values, layout: .chunked([1]))
            }
            var limits = Limits()
            limits.maxTotalBytes = 1 << 20
            #expect(throws: HDF5Error.self) { try ReadingBudget(limits).charge(file.root.dataset("x"), of: 1) }
            limits.maxTotalBytes = 4 << 20
            try ReadingBudget(limits).charge(file.root.dataset("x"), of: 1)
        }

        @Test func limitsTheAttributesOfAnObject() throws {
            let draft = try FileDraft(named: "t.h5")
            for index in 0..<20 { try draft.root.attributes.write("a\(index)", string: "") }
            let bytes = try draft.bytes()
            var limits = Limits()
            limits.maxAttributes = 20
            _ = try File(bytes: bytes, named: "t.h5", limits: limits)
            limits.maxAttributes = 19
            #expect(
                message { _ = try File(bytes: bytes, named: "t.h5", limits: limits) }
                    == "t.h5:/ — 20 attributes exceeds the limit maxAttributes = 19")
        }

        /// Each string of variable length has its own bytes in the file, unless somebody made many refer to the same.
        @Test func stringsThatShareTheirBytesCountEach() throws {
            let draft = try FileDraft(named: "t.h5")
            let texts = [String(repeating: "x", count: 50_000)] + (1..<100).map { _ in "y" }
            for name in ["a", "b"] { try draft.root.attributes.write(name, strings: texts, as: .variable(.utf8)) }
            var bytes = try draft.bytes()
            var limits = Limits()
            limits.maxAttributeBytes = 6_000_000
            _ = try File(bytes: bytes, named: "t.h5", limits: limits)
            let length = withUnsafeBytes(of: UInt32(50_000).littleEndian) { [UInt8]($0) }
            let places = bytes.indices.dropLast(1600).filter { place in
                // Length 4, collection 8, index 4; the next one has a length of 1.
                bytes[place..<place + 4].elementsEqual(length)
                    && bytes[place + 16..<place + 20].elementsEqual([1, 0, 0, 0])
            }
            #expect(places.count == 2)
            for place in places {
                let reference = bytes[place..<place + 16]
                for number in 1..<100 {
                    bytes.replaceSubrange(place + 16 * number..<place + 16 * number + 16, with: reference)
                }
            }
            #expect(
                message { _ = try File(bytes: bytes, named: "t.h5", limits: limits) }
                    .contains("more than the file, exceeds the limit maxAttributeBytes = 6000000"))
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
