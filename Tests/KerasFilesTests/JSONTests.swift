import KerasFiles
import Networks
import Testing

@Suite struct JSONTests {
    @Test func keepsOrderAndTellsWholeNumbersFromRealOnes() throws {
        let value = try JSON.parse(#"{"b": 1, "a": [1.0, -2e3, true, null], "c": {"d": "é\u00e9\ud83d\ude00\n"}}"#)
        let expected: OptionValue = [
            "b": 1, "a": [.double(1), .double(-2000), true, nil], "c": ["d": "éé😀\n"],
        ]
        #expect(value == expected)
        #expect(value.object?.names == ["b", "a", "c"])
    }

    @Test func readsPythonsNumbersThatAreNoJSON() throws {
        let list = try #require(try JSON.parse("[NaN, Infinity, -Infinity, 123456789012345678901234567890]").array)
        #expect(list.first?.double?.isNaN == true)
        #expect(
            list.dropFirst() == [
                .double(.infinity), .double(-.infinity), .double(123456789012345678901234567890),
            ])
    }

    @Test(arguments: [
        ("", "line 1, column 1: expected a value, found the end of the text"),
        ("[1, 2", "line 1, column 6: expected ',' or ']', found the end of the text"),
        ("[1,\n 2 3]", "line 2, column 4: expected ',' or ']', found '3'"),
        (#"{"a": 1, "a": 2}"#, #"line 1, column 10: the key "a" stands twice in one object"#),
        (#"{"a" 1}"#, "line 1, column 6: expected ':' after a key, found '1'"),
        ("{a: 1}", "line 1, column 2: expected a key in quotes, found 'a'"),
        (#""abc"#, "line 1, column 1: the string has no end"),
        (#""\ud800""#, "line 1, column 2: half of a surrogate pair stands alone"),
        (#""\x""#, "line 1, column 2: unknown escape in a string"),
        (#""\u12g4""#, "line 1, column 4: expected four hexadecimal digits"),
        ("012", "line 1, column 1: a number starts with 0"),
        ("-", "line 1, column 1: expected a value, found '-'"),
        ("1.", "line 1, column 3: expected a digit, found the end of the text"),
        ("nul", "line 1, column 1: expected a value, found 'n'"),
        ("1 2", "line 1, column 3: expected the end of the text, found '2'"),
        ("\"a\u{1}\"", "line 1, column 3: a control character stands in a string"),
    ])
    func saysWhereTheMistakeIs(_ text: String, _ message: String) {
        let error = #expect(throws: JSONError.self) { try JSON.parse(text) }
        #expect(error?.description == message)
    }

    @Test func refusesBytesThatAreNotUTF8() {
        let error = #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xFF, 0x22]) }
        #expect(error?.description == "line 1, column 1: the string is not UTF-8")
    }

    @Test func refusesNestingWithoutEnd() {
        let deep = String(repeating: "[", count: 100_000)
        let error = #expect(throws: JSONError.self) { try JSON.parse(deep) }
        #expect(error?.description == "line 1, column 258: arrays and objects nest deeper than 256")
    }

    @Test func refusesATextThatIsTooLong() {
        var limits = JSON.Limits()
        limits.bytes = 4
        let error = #expect(throws: JSONError.self) { try JSON.parse("[1, 2]", limits: limits) }
        #expect(error?.problem == "the text has 6 bytes, more than the limit of 4")
    }

    // Made with Python 3.11: [repr(x) for x in …].
    @Test(arguments: [
        (0.001, "0.001"), (1e-07, "1e-07"), (0.0010000000474974513, "0.0010000000474974513"), (0.0001, "0.0001"),
        (0.00001, "1e-05"), (1.5e-10, "1.5e-10"), (1e16, "1e+16"), (1e15, "1000000000000000.0"),
        (9007199254740994, "9007199254740994.0"), (1.2345678901234568e17, "1.2345678901234568e+17"), (1, "1.0"),
        (0, "0.0"), (-0.0, "-0.0"), (-2.5, "-2.5"), (1e300, "1e+300"), (5e-324, "5e-324"), (123.456, "123.456"),
        (0.1, "0.1"), (1e22, "1e+22"), (.nan, "NaN"), (-.infinity, "-Infinity"),
    ])
    func writesNumbersAsPythonDoes(_ value: Double, _ text: String) {
        #expect(JSON.text(.double(value)) == text)
    }

    @Test func writesTextAsPythonDoes() {
        let value: OptionValue = ["é": "\"\\\n\u{7f}😀/", "empty": [:], "list": [1, [], false]]
        #expect(JSON.text(value) == #"{"\u00e9": "\"\\\n\u007f\ud83d\ude00/", "empty": {}, "list": [1, [], false]}"#)
        let indented =
            "{\n    \"a\": {\n        \"b\": [\n            1,\n            2\n        ]\n    },\n    \"c\": []\n}"
        #expect(JSON.text(["a": ["b": [1, 2]], "c": []], indent: 4) == indented)
    }

    @Test func readsBackWhatItWrites() throws {
        let value: OptionValue = ["a": [1, .double(1), .double(1e-7), "x\u{0}y", nil, true], "b": ["c": [:]]]
        #expect(try JSON.parse(JSON.text(value)) == value)
    }
}
