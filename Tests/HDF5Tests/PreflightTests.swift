import Foundation
import HDF5
import Testing

extension HDF5Tests {
    @Suite struct PreflightTests {
        // MARK: Files of others

        /// Where libhdf5 1.10.8 crashes or hangs.
        @Test(arguments: crashers)
        func filesThatCrashLibhdf5AreRefused(path: String) throws {
            let name = path.replacing(packageRoot + "/Fixtures/hdf5/", with: "")
            #expect(message { _ = try File(path: path) }.hasPrefix(name + ":/"), "it names the object")
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
            #expect(message { _ = try File(bytes: bytes, named: "t.h5") }.hasPrefix("t.h5:/"))
        }

        @Test func allTwentyThreeCrashersAreThere() { #expect(crashers.count == 23) }

        @Test(arguments: ["types.h5", "userblock.h5"])
        func ourFixturesPass(name: String) throws {
            _ = try File(path: fixture(name))
        }

        @Test func whatWeWritePasses() throws {
            let file = try reopened { root in
                for index in 0..<700 {
                    try root.createDataset("many/\(index)/x", shape: [2], values: [Float(index), 0])
                    try root.attributes.write("attribute \(index)", string: String(repeating: "x", count: index))
                }
                let values = [Float](repeating: 1, count: 3000)
                try root.createDataset("chunked", shape: [3000], values: values, layout: .chunked([3]))
            }
            #expect(try file.root.group("many").names().count == 700)
            #expect(try file.root.attributes.string("attribute 699").utf8.count == 699)
            #expect(try file.root.dataset("chunked").read(as: Float.self).allSatisfy { $0 == 1 })
        }

        // MARK: What is refused

        @Test(arguments: [
            ("soft.h5", "soft.h5:/link — is a soft link, which is never followed; only hard links are"),
            ("links.h5", "links.h5:/dangling — is a soft link, which is never followed; only hard links are"),
            ("latest.h5", "latest.h5:/ — its attributes are in a fractal heap, which is refused"),
            ("odd.h5", "odd.h5:/ — its values are of the class compound, which is refused"),
            ("storage.h5", "storage.h5:/external — its values lie in external files, which is refused"),
        ])
        func unusualFilesAreRefused(name: String, expected: String) throws {
            #expect(message { _ = try File(path: fixture(name)) } == expected)
        }

        /// A small file with a name, a text, a list of names, and values of each layout.
        static func build() throws -> [UInt8] {
            let draft = try FileDraft(named: "t.h5")
            try draft.root.attributes.write("text", string: "of 13 letters")
            try draft.root.createDataset("a", shape: [2, 3], values: [1, 2, 3, 4, 5, 6] as [Float])
            try draft.root.createDataset("b", shape: [4], values: [1, 2, 3, 4] as [Int32], layout: .chunked([2]))
            try draft.root.createGroup("c")
            return try draft.bytes()
        }

        /// Damage: the first (or `skip`-th) place of `signature`, plus `offset`, gets `bytes`.
        struct Damage: CustomTestStringConvertible, Sendable {
            var signature: [UInt8] = []
            var skip = 0
            var offset = 0
            var bytes: [UInt8]
            var expected: String

            var testDescription: String { expected }

            func applied(to whole: [UInt8]) throws -> [UInt8] {
                let places = whole.indices.filter { whole[$0...].starts(with: signature) }
                let place = try #require(places.dropFirst(skip).first) + offset
                var damaged = whole
                damaged.replaceSubrange(place..<place + bytes.count, with: bytes)
                return damaged
            }
        }

        private static let undefined = [UInt8](repeating: 0xFF, count: 8)
        private static func signed(_ text: String, _ offset: Int, _ bytes: [UInt8], _ expected: String) -> Damage {
            Damage(signature: Array(text.utf8), offset: offset, bytes: bytes, expected: expected)
        }

        /// How the datatypes, shapes and layouts of "a" and "b" begin.
        private static let float32: [UInt8] = [0x11, 0x20, 0x1F, 0, 4, 0, 0, 0, 0, 0, 32, 0]
        private static let int32: [UInt8] = [0x10, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0]
        private static let shape: [UInt8] = [1, 2, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3]
        private static let chunkedLayout: [UInt8] = [3, 2, 2]
        private static let chunkTree = Array("TREE".utf8) + [1]

        private static func at(_ signature: [UInt8], _ offset: Int, _ bytes: [UInt8], _ expected: String) -> Damage {
            Damage(signature: signature, offset: offset, bytes: bytes, expected: expected)
        }

        private static let damages: [Damage] = [
            Damage(offset: 8, bytes: [9], expected: " — its superblock has the unknown version 9, which is refused"),
            Damage(
                offset: 13, bytes: [4],
                expected: " — its addresses and lengths have 4 and 8 bytes, not 8, which is refused"),
            Damage(
                offset: 16, bytes: [0, 0], expected: " — the file is damaged: its B-trees have nodes of 0 children"),
            Damage(
                offset: 24, bytes: [8], expected: " — the file is damaged: its base address is not where it begins"),
            Damage(
                offset: 32, bytes: [0, 0, 0, 0, 0, 0, 0, 0],
                expected: " — it has a free-space or driver block, which is refused"),
            Damage(
                offset: 64, bytes: undefined,
                expected: " — the file is damaged: the superblock at byte 8: the address of the root group is undefined"
            ),
            signed("TREE", 5, [1], "it does not begin with \"TREE\""),
            signed("TREE", 4, [1], "it is one of another kind"),
            signed("TREE", 6, [33], "a node has 33 children, where 32 are the most"),
            signed("TREE", 8, [0, 8, 0, 0, 0, 0, 0, 0], "names the wrong neighbours"),
            signed("TREE", 24, [0xFF, 0xFF], "a key is not in the heap"),
            signed("TREE", 32, [0xFF, 0xFF, 0xFF], "lies outside the file"),
            signed("SNOD", 4, [2], "its version is unknown"),
            signed("SNOD", 6, [9], "it has 9 symbols, where 8 are the most"),
            signed("SNOD", 8, [0xFF, 0xFF], "a name is not in the heap"),
            signed("SNOD", 8, [0], "a link has the name \"\""),
            signed("SNOD", 8 + 16, [2], "is a soft link, which is never followed; only hard links are"),
            signed("SNOD", 8 + 16, [3], "a symbol has the unknown kind 3"),
            signed("SNOD", 8 + 16, [1], "a link takes it for a group, which it is not"),
            signed("HEAP", 4, [1], "its version is unknown"),
            signed("HEAP", 8, [0xFF, 0xFF, 0xFF], "lies outside the file"),
            signed("HEAP", 16, [87], "its list of free blocks is broken"),
            at(float32, 0, [0x41], "a datatype has the unknown version 4"),
            at(float32, 0, [0x16], ":/a — its values are of the class compound, which is refused"),
            at(float32, 0, [0x1B], ":/a — its values are of the class unknown, which is refused"),
            at(float32, 4, [0], "a datatype has 0 bytes"),
            at(float32, 4, [3], "a float of 3 bytes has bits 0 to 32"),
            at(float32, 10, [33], "a float of 4 bytes has bits 0 to 33"),
            at(float32, 13, [9], "a float of an impossible format"),
            at(int32, 4, [8], "chunks of 4-byte values, where the type has 8"),
            at(int32, 8, [1], "an integer of 4 bytes has bits 1 to 33"),
            at(shape, 0, [3], "a shape of the unknown version 3 or flags 1"),
            at(shape, 1, [33], "a shape of 33 axes, where 32 are the limit"),
            at(shape, 8, [3], "an axis is longer than it may become"),
            at(shape, 16, [2], "24 bytes are stored, the shape has 16"),
            at(shape, 15, [0x40], "an axis is longer than it may become"),
            at(chunkedLayout, 0, [5], "a layout of the unknown version 5"),
            at(chunkedLayout, 1, [3], ":/b — it is a virtual dataset, made of others, which is refused"),
            at(chunkedLayout, 1, [4], "a layout of the unknown class 4"),
            at(chunkedLayout, 2, [3], "chunks of 2 axes for a shape of 1"),
            at(chunkedLayout, 11, [0], ":/b — a chunk of [0] exceeds the limit maxDatasetBytes = 1073741824"),
            at(chunkedLayout, 15, [8], "chunks of 8-byte values, where the type has 4"),
            at(chunkTree, 24, [7], "a chunk has 7 bytes, and should have 8"),
            at(chunkTree, 32, [1], "a chunk at [1] of [2] is not one of the shape [4]"),
            at(chunkTree, 32, [2], "the chunks are not in order"),
            at(chunkTree, 40, [1], "a chunk begins inside a value"),
            at(chunkTree, 48, undefined, "the address of a chunk is undefined"),
            signed("GCOL", 4, [2], "its version is unknown"),
            signed("GCOL", 8, [0, 1], "it has 256 bytes, fewer than 4096"),
            signed("GCOL", 24, [12], "a string of 13 bytes refers to 12 bytes in the heap"),
            signed("GCOL", 24, [0, 0xFF], "does not fit into it"),
            signed("GCOL", 16, [7], "a string refers to object 1 of the heap at byte"),
            signed("GCOL", 16 + 16 + 16 + 8, [1], "its free space does not reach its end"),
        ]

        @Test(arguments: damages)
        func damagedStructureIsNamed(damage: Damage) throws {
            let whole = try Self.build()
            #expect(message { _ = try File(bytes: whole, named: "t.h5") } == "nothing")
            let damaged = try damage.applied(to: whole)
            let found = message { _ = try File(bytes: damaged, named: "t.h5") }
            #expect(found.hasPrefix("t.h5"))
            #expect(found.contains(damage.expected))
        }

        @Test func blocksThatOverlapAreRefused() throws {
            var bytes = try Self.build()
            // The values of "a" are said to be where the header of the root is.
            let values = try #require(try File(bytes: bytes, named: "t.h5").root.dataset("a").fileOffset)
            let layout = [3, 1] + withUnsafeBytes(of: UInt64(values).littleEndian) { Array($0) }
            let place = try #require(bytes.indices.first { bytes[$0...].starts(with: layout) })
            bytes.replaceSubrange(place + 2..<place + 10, with: [96, 0, 0, 0, 0, 0, 0, 0])
            #expect(
                message { _ = try File(bytes: bytes, named: "t.h5") }
                    == "t.h5 — the file is damaged: two blocks of it overlap at byte 96")
        }

        @Test func everyTruncationIsRefused() throws {
            let whole = try Self.build()
            for length in stride(from: 0, to: whole.count, by: 13) {
                let found = message { _ = try File(bytes: Array(whole[..<length]), named: "t.h5") }
                #expect(found.contains("it is cut off: it should have \(whole.count) bytes") || length < 96)
                #expect(found != "nothing")
            }
        }

        @Test func groupsThatContainThemselvesAreRefused() throws {
            // The group "c" of the root gets the address, B-tree and heap of the root.
            var bytes = try Self.build()
            let node = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("SNOD".utf8)) })
            let entry = node + 8 + 2 * 40
            bytes.replaceSubrange(entry + 8..<entry + 16, with: bytes[64..<72])
            bytes.replaceSubrange(entry + 24..<entry + 40, with: bytes[80..<96])
            #expect(
                message { _ = try File(bytes: bytes, named: "t.h5") }
                    == "t.h5:/c — the file is damaged: the group contains itself")
        }

        @Test func limitsAreKept() throws {
            let bytes = try Self.build()
            var limits = Limits()
            limits.maxObjects = 3
            #expect(
                message { _ = try File(bytes: bytes, named: "t.h5", limits: limits) }
                    == "t.h5:/c — more than 3 objects exceeds the limit maxObjects = 3")
            limits = Limits()
            limits.maxDepth = 0
            #expect(
                message { _ = try File(bytes: bytes, named: "t.h5", limits: limits) }
                    == "t.h5:/a — depth 1 exceeds the limit maxDepth = 0")
            limits = Limits()
            limits.maxAttributeBytes = 12
            #expect(
                message { _ = try File(bytes: bytes, named: "t.h5", limits: limits) }
                    == "t.h5:/@text — 13 bytes exceeds the limit maxAttributeBytes = 12")
        }

        // MARK: Mutants

        /// In a process of its own: what passes is read by libhdf5, and a crash there must fail this test only.
        @Test(arguments: [1, 2, 3] as [UInt64])
        func noMutantCrashesOrHangs(seed: UInt64) async throws {
            await #expect(processExitsWith: .success) { [seed = seed as UInt64] in
                let types = try [UInt8](Data(contentsOf: URL(filePath: fixture("types.h5"))))
                var mutants = Mutants(seed: seed)
                for whole in [try Self.build(), types] {
                    var opened = 0
                    for _ in 0..<700 {
                        let clock = ContinuousClock()
                        let start = clock.now
                        if readEverything(mutants.mutant(of: whole, front: 12_000)) != nil { opened += 1 }
                        try #require(clock.now - start < .seconds(10))
                    }
                    try #require(opened > 0 && opened < 700, "neither all nor none are refused")
                }
            }
        }
    }
}

private let crashers = hdf5Files(in: fixture("crashers"))

/// The HDF5 files, by their first bytes, in a folder.
func hdf5Files(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []  // missing: a test counts them
    return names.sorted().map { "\(folder)/\($0)" }.filter { path in
        guard let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }  // of no interest to the test
        return (try? handle.read(upToCount: 8)) == Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    }
}
