import HDF5
import Testing

extension HDF5Tests {
    @Suite struct DatasetTests {
        // MARK: Files of h5py

        @Test(arguments: ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"], ["little", "big"])
        func readsNumbersOfAnySizeAndOrderAsFloats(type: String, order: String) throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/\(type)-\(order)")
            #expect(dataset.shape == [2, 3])
            #expect(try dataset.read(as: Float.self) == [0, 1, 2, 3, 4, 5])
            #expect(try dataset.read(as: Double.self) == [0, 1, 2, 3, 4, 5])
        }

        @Test(arguments: ["i1", "i2", "i4", "i8", "u1", "u2", "u4"], ["little", "big"])
        func readsWholeNumbersAsIntegersThatHoldThem(type: String, order: String) throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/\(type)-\(order)")
            #expect(try dataset.read(as: Int64.self) == [0, 1, 2, 3, 4, 5])
        }

        @Test func readsTheExtremesOfInt64() throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/extremes-i8")
            #expect(try dataset.read() == [Int64.min, Int64.max])
        }

        @Test func readsBooleansAsNumbers() throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/bool")
            #expect(dataset.datatype == .boolean)
            #expect(try dataset.read(as: UInt8.self) == [1, 0, 1])
            #expect(try dataset.read(as: Float.self) == [1, 0, 1])
        }

        @Test func readsAScalar() throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/scalar")
            #expect(dataset.shape == [])
            #expect(dataset.count == 1)
            #expect(try dataset.read() == [42] as [Int])
        }

        @Test(arguments: ["empty", "null"])
        func readsNoValuesAsAnEmptyArray(name: String) throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/\(name)")
            #expect(dataset.count == 0)
            #expect(try dataset.read(as: Float.self) == [])
            #expect(try dataset.readBytes() == [])
        }

        @Test func readsNeverWrittenValuesAsTheFillValue() throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/unwritten")
            #expect(dataset.storageSize == 0)
            #expect(dataset.fileOffset == nil)
            #expect(try dataset.read() == [7, 7, 7, 7] as [Float])
        }

        @Test func readsOpaqueValuesAsBytes() throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/bfloat16")
            #expect(dataset.datatype == .opaque(size: 2, tag: ""))
            #expect(try dataset.readBytes() == [0x80, 0x3F, 0x00, 0x40])
        }

        @Test func readsStrings() throws {
            let file = try File(path: fixture("types.h5"))
            #expect(try file.root.dataset("texts/fixed").readStrings() == ["one", "three"])
            #expect(try file.root.dataset("texts/variable").readStrings() == ["eins", "für"])
        }

        @Test func readsEachLayout() throws {
            let layouts = try File(path: fixture("types.h5")).root.group("layouts")
            let chunked = try layouts.dataset("chunked")
            let filtered = try layouts.dataset("all filters")
            let compact = try layouts.dataset("compact")
            #expect(chunked.layout == .chunked([16, 16]))
            #expect(filtered.layout == .chunked([16, 16], filters: [.shuffle, .deflate(6), .fletcher32]))
            #expect(compact.layout == .compact)
            let counting = (0..<1200).map(Float.init)
            #expect(try chunked.read() == counting)
            #expect(try filtered.read() == counting)
            #expect(try compact.read() == [0, 1, 2, 3, 4, 5] as [Float])
        }

        @Test func readsTheNewestFormat() throws {
            let file = try File(path: fixture("latest.h5"), check: .none)
            #expect(try file.root.dataset("group/17").read() == [17, 17.5] as [Float])
            #expect(try file.root.dataset("chunked").read() == (0..<1000).map(Float.init))
            #expect(try file.root.attributes.string("attribute 19") == "text 19")
        }

        // MARK: Our own files

        @Test(arguments: [
            Datatype.float16, .float32, .float64, .float(.binary32, .big), .float(.bfloat16), .float(.binary16, .big),
        ])
        func floatsSurviveEachFileType(type: Datatype) throws {
            let values: [Float] = [0, -1, 0.5, 96, .infinity, -.infinity]
            let file = try reopened { root in
                try root.createDataset("x", shape: [3, 2], values: values, datatype: type)
            }
            let dataset = try file.root.dataset("x")
            #expect(dataset.datatype == type)
            #expect(dataset.storageSize == 6 * type.size)
            #expect(try dataset.read() == values)
        }

        @Test(arguments: [
            Datatype.int8, .int16, .int32, .int64, .float32, .integer(bytes: 4, signed: true, .big),
        ])
        func integersSurviveEachFileTypeThatHoldsThem(type: Datatype) throws {
            let values: [Int8] = [-128, 0, 127]
            let file = try reopened { root in
                try root.createDataset("x", shape: [3], values: values, datatype: type)
            }
            let dataset = try file.root.dataset("x")
            #expect(dataset.datatype == type)
            #expect(try dataset.read() == values.map(Double.init))
        }

        @Test func everySwiftNumberIsStoredAsItIs() throws {
            let file = try reopened { root in
                try root.createDataset("f4", shape: [1], values: [1.5] as [Float])
                try root.createDataset("f8", shape: [1], values: [1.5] as [Double])
                try root.createDataset("i1", shape: [1], values: [Int8.min])
                try root.createDataset("i2", shape: [1], values: [Int16.min])
                try root.createDataset("i4", shape: [1], values: [Int32.min])
                try root.createDataset("i8", shape: [1], values: [Int.min])
                try root.createDataset("u1", shape: [1], values: [UInt8.max])
                try root.createDataset("u2", shape: [1], values: [UInt16.max])
                try root.createDataset("u4", shape: [1], values: [UInt32.max])
                try root.createDataset("u8", shape: [1], values: [UInt64.max])
            }
            #expect(try file.root.dataset("f4").datatype == .float32)
            #expect(try file.root.dataset("f8").datatype == .float64)
            #expect(try file.root.dataset("i1").read() == [Int8.min])
            #expect(try file.root.dataset("i2").read() == [Int16.min])
            #expect(try file.root.dataset("i4").read() == [Int32.min])
            #expect(try file.root.dataset("i8").read() == [Int64.min])
            #expect(try file.root.dataset("u1").read() == [UInt8.max])
            #expect(try file.root.dataset("u2").read() == [UInt16.max])
            #expect(try file.root.dataset("u4").read() == [UInt32.max])
            #expect(try file.root.dataset("u8").read() == [UInt64.max])
        }

        @Test func booleansOpaqueBytesAndStringsSurvive() throws {
            let file = try reopened { root in
                try root.createDataset("flags", shape: [2], values: [1, 0] as [UInt8], datatype: .boolean)
                let opaque = try root.createDataset("opaque", shape: [2], datatype: .opaque(size: 2, tag: "half"))
                try [UInt8]([1, 2, 3, 4]).withUnsafeBytes { try opaque.writeBytes($0) }
                try root.createDataset("fixed", shape: [2], datatype: .string(.fixed(size: 3, .null, .utf8)))
                    .write(["ü", "abc"])
                try root.createDataset("variable", shape: [2], datatype: .string(.variable(.utf8))).write([
                    "", "länger",
                ])
            }
            #expect(try file.root.dataset("flags").datatype == .boolean)
            #expect(try file.root.dataset("flags").read(as: Int8.self) == [1, 0])
            #expect(try file.root.dataset("opaque").datatype == .opaque(size: 2, tag: "half"))
            #expect(try file.root.dataset("opaque").readBytes() == [1, 2, 3, 4])
            #expect(try file.root.dataset("fixed").readStrings() == ["ü", "abc"])
            #expect(try file.root.dataset("variable").readStrings() == ["", "länger"])
        }

        @Test(arguments: [
            Layout.compact, .contiguous, .chunked([7, 64]), .chunked([7, 64], filters: [.shuffle, .deflate(4)]),
            .chunked([1, 1000], filters: [.deflate(9), .fletcher32]),
        ])
        func eachLayoutSurvives(layout: Layout) throws {
            let values = (0..<8000).map { Float($0 / 7) }
            let file = try reopened { root in
                try root.createDataset("x", shape: [8, 1000], values: values, layout: layout)
            }
            let dataset = try file.root.dataset("x")
            #expect(dataset.layout == layout)
            #expect(try dataset.read() == values)
        }

        @Test func scalarsAndEmptyDatasetsSurvive() throws {
            let file = try reopened { root in
                try root.createDataset("scalar", shape: [], values: [3] as [Int64])
                try root.createDataset("empty", shape: [4, 0], values: [Float]())
            }
            #expect(try file.root.dataset("scalar").shape == [])
            #expect(try file.root.dataset("scalar").read() == [3] as [Int64])
            #expect(try file.root.dataset("empty").shape == [4, 0])
            #expect(try file.root.dataset("empty").read(as: Float.self) == [])
        }

        @Test func contiguousValuesLieAtTheFileOffset() throws {
            let values: [Float] = [1, -2, 3.25]
            let draft = try FileDraft(named: "t.h5")
            try draft.root.createDataset("x", shape: [3], values: values)
            let bytes = try draft.bytes()
            let file = try File(bytes: bytes, named: "t.h5")
            let offset = try #require(try file.root.dataset("x").fileOffset)
            try #require(offset >= 0 && offset + 12 <= bytes.count)
            let found = bytes[offset..<offset + 12].withUnsafeBytes { raw in
                (0..<3).map { Float(bitPattern: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)) }
            }
            #expect(found == values)
        }

        @Test func fillsTheCallersBuffer() throws {
            let dataset = try File(path: fixture("types.h5")).root.dataset("numbers/f2-big")
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
            defer { buffer.deallocate() }
            try dataset.read(into: buffer)
            #expect(Array(buffer) == [0, 1, 2, 3, 4, 5])
            #expect(
                message { try dataset.read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<5])) }
                    == "types.h5:/numbers/f2-big — expected 6 values for shape [2, 3], found 5")
        }

        // MARK: Errors

        @Test(arguments: [
            ("odd.h5", "compound", "odd.h5:/compound — expected values that fit Float, found compound"),
            ("odd.h5", "reference", "odd.h5:/reference — expected values that fit Float, found reference"),
            ("types.h5", "numbers/enum", "types.h5:/numbers/enum — expected values that fit Float, found enumeration"),
            (
                "types.h5", "numbers/bfloat16",
                "types.h5:/numbers/bfloat16 — expected values that fit Float, found opaque(2)"
            ),
        ])
        func namesTypesThatAreNotNumbers(file: String, name: String, expected: String) throws {
            let file = try File(path: fixture(file), check: .none)
            #expect(message { _ = try file.root.dataset(name).read(as: Float.self) } == expected)
        }

        @Test func neverRoundsOrClipsIntegersSilently() throws {
            let numbers = try File(path: fixture("types.h5")).root.group("numbers")
            #expect(
                message { _ = try numbers.dataset("i8-big").read(as: Int32.self) }
                    == "types.h5:/numbers/i8-big — expected values that fit Int32, found int64 (big-endian)")
            #expect(
                message { _ = try numbers.dataset("u8-little").read(as: Int64.self) }
                    == "types.h5:/numbers/u8-little — expected values that fit Int64, found uint64")
            #expect(
                message { _ = try numbers.dataset("f4-little").read(as: Int64.self) }
                    == "types.h5:/numbers/f4-little — expected values that fit Int64, found float32")
            let draft = try FileDraft(named: "t.h5")
            #expect(
                message {
                    try draft.root.createDataset("x", shape: [1], values: [1] as [Int64], datatype: .int32)
                } == "t.h5:/x — expected a file type that holds int64, found int32")
        }

        @Test func readsOnlyStringsAsStrings() throws {
            let file = try File(path: fixture("types.h5"))
            #expect(
                message { _ = try file.root.dataset("numbers/scalar").readStrings() }
                    == "types.h5:/numbers/scalar — expected strings, found int64")
            #expect(
                message { _ = try file.root.dataset("texts/variable").readBytes() }
                    == "types.h5:/texts/variable — expected values of fixed size, found variable-length UTF-8 string")
        }

        @Test func writesExactlyAsManyValuesAsTheShapeHas() throws {
            let draft = try FileDraft(named: "t.h5")
            let dataset = try draft.root.createDataset("a/x", shape: [2, 2], datatype: .float32)
            #expect(
                message { try dataset.write([1, 2, 3] as [Float]) }
                    == "t.h5:/a/x — expected 4 values for shape [2, 2], found 3")
            #expect(
                message { try [UInt8](repeating: 0, count: 15).withUnsafeBytes { try dataset.writeBytes($0) } }
                    == "t.h5:/a/x — expected 16 bytes for shape [2, 2], found 15")
            let strings = try draft.root.createDataset("s", shape: [1], datatype: .string(.fixed(size: 3)))
            #expect(
                message { try strings.write(["four"]) }
                    == "t.h5:/s — expected strings of at most 3 bytes, found one of 4")
            #expect(
                message { try strings.write(["a\0b"]) }
                    == "t.h5:/s — expected strings without a zero character, found one with")
        }

        @Test func refusesShapesAndChunksThatCannotBe() throws {
            let draft = try FileDraft(named: "t.h5")
            #expect(
                message { try draft.root.createDataset("x", shape: [1 << 40, 1 << 40], datatype: .float32) }
                    == "t.h5:/x — expected a shape whose product fits 63 bits, found shape [1099511627776, 1099511627776]"
            )
            #expect(
                message { try draft.root.createDataset("x", shape: [2, -1], datatype: .float32) }
                    == "t.h5:/x — expected a shape whose product fits 63 bits, found shape [2, -1]")
            #expect(
                message { try draft.root.createDataset("x", shape: [4], datatype: .float32, layout: .chunked([5])) }
                    == "t.h5:/x — expected chunks of 1 to [4] along each axis, found chunks of [5]")
            #expect(
                message { try draft.root.createDataset("x", shape: [], datatype: .float32, layout: .chunked([])) }
                    == "t.h5:/x — expected chunks of 1 to [] along each axis, found chunks of []")
            #expect(
                message { try draft.root.createDataset("x", shape: [1], datatype: .unsupported("compound", size: 8)) }
                    == "t.h5:/x — expected a type that can be written, found compound")
            #expect(
                message { try draft.root.createDataset("x", shape: [20000], datatype: .float32, layout: .compact) }
                    .hasPrefix("t.h5:/x — cannot create the dataset: unable to create dataset: "))
        }
    }
}
