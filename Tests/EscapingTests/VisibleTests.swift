import Escaping
import Testing

@Suite struct VisibleTests {
    @Test(arguments: [
        ("plain, Größe, 数字, 🙂", "plain, Größe, 数字, 🙂"),
        ("\u{1B}]0;title\u{7}", #"\u001b]0;title\u0007"#),
        ("a\u{7F}b\u{9B}31m", #"a\u007fb\u009b31m"#),
        ("\u{202E}txt.exe\u{2069}\u{61C}\u{200F}", #"\u202etxt.exe\u2069\u061c\u200f"#),
        ("one\u{2028}two\u{85}\r\n", #"one\u2028two\u0085\u000d\u000a"#),
        ("\u{FFFE}\u{0}", #"\ufffe\u0000"#),
    ])
    func whatATerminalObeysIsWritten(_ text: String, _ expected: String) { #expect(text.visible() == expected) }

    @Test func linesStayWhereTheyAreOurs() {
        #expect("a\tb\nc\r".visible(keepingLines: true) == "a\tb\nc\\u000d")
    }

    /// Every scalar of the general categories that hold what cannot be seen, but for joiners, which letters need.
    @Test func noControlIsLeft() {
        for value in UInt32(0)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isControl = [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            let turns = scalar.properties.isBidiControl
            #expect(scalar.isHidden == (isControl || turns), "U+\(String(value, radix: 16))")
            #expect((String(scalar).visible() == String(scalar)) == !scalar.isHidden)
        }
    }
}
