import Digits
import Foundation
import Testing

@Suite struct PixelMessageTests {
    private static func read(_ json: String, limit: Int = 100) throws(PixelMessageError) -> Ink {
        try PixelMessage(reading: Data(json.utf8), limit: limit).ink
    }

    @Test func readsInkInAnyOrderOfFields() throws {
        let ink = try Self.read(#"{"pixels": [0, 255, 51, 0, 0, 102], "height": 3, "width": 2}"#)
        #expect((ink.width, ink.height) == (2, 3))
        #expect(ink.values == [0, 1, 0.2, 0, 0, 0.4])
    }

    @Test func readsWholeNumbersHoweverTheyAreWritten() throws {
        let ink = try Self.read(#"{"width": 2.0, "height": 1e0, "pixels": [0.0, 2.55e2]}"#)
        #expect(ink.values == [0, 1])
    }

    @Test(arguments: [
        (#"{"width":1"#, "the body is not the JSON expected"),
        (#"{"width":1,"height":1}"#, #""pixels" is missing"#),
        (#"{"width":1,"height":1,"pixels":[256]}"#, "the body is not the JSON expected"),
        (#"{"width":1,"height":1,"pixels":["1"]}"#, #""pixels" at 0 has another type"#),
        (#"{"width":1,"height":1,"pixels":[1],"x":1}"#, #"there is no field "x""#),
        (String(repeating: "[", count: 100_000), "the body is not the JSON expected"),
        (#"{"width":1,"height":1,"width":1,"pixels":[1]}"#, #"the key "width" stands twice"#),
        (#"{"pixels":[1],"width":1,"height":1,"p\u0069xels":[1]}"#, #"the key "pixels" stands twice"#),
        (#"{"width":1,"height":1,"pixels":[0.5]}"#, #""pixels" at 0 has another type"#),
        (#"{"width":1,"height":1,"pixels":[1e400]}"#, #""pixels" at 0 has another type"#),
        (#"[1]"#, "it is no object"),
        (#"{"width":2,"height":1,"pixels":[1]}"#, "2 × 1 needs 2 pixels, found 1"),
        (#"{"width":0,"height":1,"pixels":[]}"#, "the picture is 0 × 1"),
        (#"{"width":4096,"height":4097,"pixels":[]}"#, "expected 1 to 4096 each and 100 together"),
        (#"{"width":11,"height":10,"pixels":[]}"#, "expected 1 to 4096 each and 100 together"),
        (#"{"width":9223372036854775807,"height":2,"pixels":[]}"#, "expected 1 to 4096 each"),
    ])
    func saysWhatIsWrong(json: String, expected: String) {
        let error = #expect(throws: PixelMessageError.self) { try Self.read(json) }
        #expect(error.map { "\($0)".contains(expected) } == true, "\(error.map { "\($0)" } ?? "")")
    }
}
