import HDF5
import Testing

extension HDF5Tests {
    @Suite struct AttributesTests {
        // MARK: Files of h5py

        @Test(arguments: [
            ("ascii", ["plain"]), ("utf8", ["grün 🌱"]), ("empty", [""]), ("list ascii", ["a", "", "ccc"]),
            ("list utf8", ["ä", "ö"]), ("fixed list", ["kernel:0", "bias:0"]), ("one in a list", ["alone"]),
            ("empty list", []), ("empty strings", []), ("empty ints", []), ("null", []), ("terminated", ["abc"]),
            ("spaced", ["ab", " c"]),
        ])
        func readsStringsOfEveryKind(name: String, expected: [String]) throws {
            let texts = try File(path: fixture("types.h5")).root.group("texts")
            #expect(try texts.attributes.strings(name) == expected)
        }

        @Test func readsOneString() throws {
            let texts = try File(path: fixture("types.h5")).root.group("texts")
            #expect(try texts.attributes.string("utf8") == "grün 🌱")
            #expect(try texts.attributes.string("one in a list") == "alone")
            #expect(
                message { _ = try texts.attributes.string("list utf8") }
                    == "types.h5:/texts@list utf8 — expected one string, found shape [2]")
        }

        @Test func readsNumbers() throws {
            let texts = try File(path: fixture("types.h5")).root.group("texts")
            #expect(try texts.attributes.value("int") == -5)
            #expect(try texts.attributes.value("int", as: Float.self) == -5)
            #expect(try texts.attributes.values("floats", as: Double.self) == [0.5, -2])
            #expect(try texts.attributes.value("bool", as: UInt8.self) == 1)
            #expect(try texts.attributes.value("naïve") == 1)
            #expect(try texts.attributes.values("empty list", as: Int.self) == [])
        }

        @Test func tellsShapeAndType() throws {
            let texts = try File(path: fixture("types.h5")).root.group("texts")
            #expect(try texts.attributes.info("empty list") == .init(shape: [0], datatype: .float64))
            #expect(try texts.attributes.info("utf8") == .init(shape: [], datatype: .string(.variable(.utf8))))
            #expect(
                try texts.attributes.info("fixed list")
                    == .init(shape: [2], datatype: .string(.fixed(size: 8, .null, .ascii))))
            #expect(
                try texts.attributes.info("spaced")
                    == .init(shape: [2], datatype: .string(.fixed(size: 6, .space, .ascii))))
            #expect(try texts.attributes.info("floats") == .init(shape: [2], datatype: .float(.binary64, .big)))
            let odd = try File(path: fixture("odd.h5"), check: .none)
            #expect(try odd.root.attributes.info("compound").datatype == .unsupported("compound", size: 4))
        }

        @Test func listsNames() throws {
            let attributes = try File(path: fixture("latest.h5"), check: .none).root.attributes.names()
            #expect(attributes == (0..<20).map { "attribute \($0)" }.sorted())
        }

        // MARK: Our own files

        @Test(arguments: [
            StringType.variable(.ascii), .variable(.utf8), .fixed(size: 8, .null, .ascii),
            .fixed(size: 8, .null, .utf8),
            .fixed(size: 8, .terminator, .utf8), .fixed(size: 8, .space, .ascii),
        ])
        func stringsSurviveEachType(type: StringType) throws {
            let file = try reopened { root in
                try root.attributes.write("list", strings: ["", "a", "grün 7"], as: type)
                try root.attributes.write("one", string: "größe", as: type)
            }
            #expect(try file.root.attributes.strings("list") == ["", "a", "grün 7"])
            #expect(try file.root.attributes.string("one") == "größe")
            #expect(try file.root.attributes.info("list") == .init(shape: [3], datatype: .string(type)))
            #expect(try file.root.attributes.info("one") == .init(shape: [], datatype: .string(type)))
        }

        @Test func defaultsAreThoseOfH5py() throws {
            let file = try reopened { root in
                try root.attributes.write("names", strings: ["kernel", "b"])
                try root.attributes.write("no names", strings: [])
                try root.attributes.write("blank names", strings: ["", ""])
                try root.attributes.write("text", string: "")
            }
            let attributes = { (name: String) in try file.root.attributes.info(name) }
            #expect(try attributes("names") == .init(shape: [2], datatype: .string(.fixed(size: 6, .null, .ascii))))
            #expect(try attributes("no names") == .init(shape: [0], datatype: .float64))
            #expect(
                try attributes("blank names") == .init(shape: [2], datatype: .string(.fixed(size: 1, .null, .ascii))))
            #expect(try file.root.attributes.strings("blank names") == ["", ""])
            #expect(try attributes("text") == .init(shape: [], datatype: .string(.variable(.ascii))))
            #expect(try file.root.attributes.string("text") == "")
        }

        @Test func numbersSurvive() throws {
            let file = try reopened { root in
                let dataset = try root.createDataset("x", shape: [1], values: [0] as [Float])
                try dataset.attributes.write("int", value: Int64.min)
                try dataset.attributes.write("small", value: 3 as UInt8, as: .int32)
                try dataset.attributes.write("doubles", values: [0.1, 0.2])
                try dataset.attributes.write("floats", values: [0.5] as [Float], as: .float16)
                try dataset.attributes.write("flag", value: 1 as UInt8, as: .boolean)
                try dataset.attributes.write("schlüssel", value: 1)
            }
            let dataset = try file.root.dataset("x")
            #expect(try dataset.attributes.value("int") == Int64.min)
            #expect(try dataset.attributes.info("small") == .init(shape: [], datatype: .int32))
            #expect(try dataset.attributes.values("doubles") == [0.1, 0.2])
            #expect(try dataset.attributes.values("floats", as: Float.self) == [0.5])
            #expect(try dataset.attributes.info("flag").datatype == .boolean)
            #expect(try dataset.attributes.names() == ["doubles", "flag", "floats", "int", "schlüssel", "small"])
        }

        @Test func longStringsOfVariableLengthSurvive() throws {
            let text = String(repeating: "{\"class_name\": \"Dense\"} ", count: 100_000)
            let file = try reopened { root in try root.attributes.write("config", string: text) }
            #expect(try file.root.attributes.string("config") == text)
        }

        // MARK: Errors

        @Test func namesWhatIsThereWhenAnAttributeIsMissing() throws {
            let file = try reopened { root in
                try root.attributes.write("a", value: 1)
                try root.attributes.write("b", value: 2)
                try root.createGroup("g")
            }
            #expect(
                message { _ = try file.root.attributes.string("c") }
                    == "t.h5:/@c — there is no such attribute; present: a, b")
            #expect(
                message { _ = try file.root.group("g").attributes.string("c") }
                    == "t.h5:/g@c — there is no such attribute; there are none")
        }

        @Test func namesTypesAndTextsThatCannotBeRead() throws {
            let texts = try File(path: fixture("types.h5")).root.group("texts")
            #expect(
                message { _ = try texts.attributes.strings("int") }
                    == "types.h5:/texts@int — expected strings, found int32")
            #expect(
                message { _ = try texts.attributes.value("utf8", as: Float.self) }
                    == "types.h5:/texts@utf8 — expected values that fit Float, found variable-length UTF-8 string")
            #expect(
                message { _ = try texts.attributes.value("floats", as: Double.self) }
                    == "types.h5:/texts@floats — expected one value, found shape [2]")
            #expect(
                message { _ = try texts.attributes.string("not text") }
                    == "types.h5:/texts@not text — the text is not valid UTF-8")
            #expect(
                message { _ = try texts.attributes.string("") }
                    == "types.h5:/texts@ — is not a usable name: it is empty")
            #expect(
                message { _ = try texts.attributes.contains("a\0") }
                    == "types.h5:/texts@a\0 — is not a usable name: it has a zero character")
        }

        @Test func refusesToOverwriteAndToCutStrings() throws {
            let draft = try FileDraft(named: "t.h5")
            try draft.root.attributes.write("a", value: 1)
            #expect(message { try draft.root.attributes.write("a", value: 2) } == "t.h5:/@a — exists already")
            #expect(
                message { try draft.root.attributes.write("b", string: "abc", as: .fixed(size: 3, .terminator)) }
                    == "t.h5:/@b — expected strings of at most 2 bytes, found one of 3")
            #expect(
                message { try draft.root.attributes.write("b", string: "a\0c") }
                    == "t.h5:/@b — expected strings without a zero character, found one with")
            #expect(try draft.root.attributes.names() == ["a"])
        }

        @Test func refusesWhatDoesNotFitAnObjectHeader() throws {
            let draft = try FileDraft(named: "t.h5")
            let names = (0..<7000).map { "dense_\($0)/kernel" }
            #expect(
                message { try draft.root.attributes.write("names", strings: names) }
                    == "t.h5:/@names — 119000 bytes exceeds the limit of an attribute's 64 KiB; split it, or store strings "
                    + "of variable length")
            #expect(try draft.root.attributes.names() == [])
            try draft.root.attributes.write("names", strings: Array(names[..<3500]), as: .fixed(size: 18))
        }
    }
}
