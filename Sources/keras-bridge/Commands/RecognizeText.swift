import Digits
import KerasBridge

/// What `recognize` says of a picture to a person.
struct RecognizeText {
    let text: String

    init(_ path: String, _ digits: [Recognition], isAlone: Bool) {
        let terminal = Terminal.stdout
        let readable = digits.filter { $0.doubt != .noInk }
        guard !readable.isEmpty else {
            text = "\(path): nothing to read, there is no ink"
            return
        }
        var lines = [Self.answer(path, readable, terminal)]
        if readable.count > 1 {
            lines += readable.map { Self.row($0) }
        } else if isAlone {
            lines += Self.bars(readable[0], terminal)
        }
        text = lines.joined(separator: "\n")
    }

    private static func answer(_ path: String, _ digits: [Recognition], _ terminal: Terminal) -> String {
        let number = terminal.styled(digits.map { "\($0.digit)" }.joined(), .bold)
        var line = "\(path): \(number)"
        if digits.count == 1 {
            let answer = digits[0]
            let (second, probability) = answer.runnerUp
            line += "  \(percent(answer.confidence)), then \(second) with \(percent(probability))"
        }
        if let doubt = digits.compactMap(\.doubt).first {
            line += terminal.styled("  not sure: \(doubt.sentence)", .yellow)
        }
        return line
    }

    /// One of several digits, with where it lies.
    private static func row(_ answer: Recognition) -> String {
        let (second, probability) = answer.runnerUp
        let box = answer.box
        return "  \(answer.digit)  \(percent(answer.confidence)), then \(second) with \(percent(probability))"
            + "  at \(box.x), \(box.y), size \(box.width) × \(box.height)"
            + (answer.doubt.map { "  not sure: \($0.sentence)" } ?? "")
    }

    private static func bars(_ answer: Recognition, _ terminal: Terminal) -> [String] {
        let width = 40
        return answer.probabilities.enumerated().map { digit, probability in
            // A net without a softmax gives any number here.
            let length = Int((probability * Float(width)).rounded(), within: 0...width) ?? 0
            let bar = String(repeating: "█", count: length) + String(repeating: " ", count: width - length)
            let line = "  \(digit) \(bar) \(percent(probability))"
            return digit == answer.digit ? terminal.styled(line, .bold) : line
        }
    }

    /// A probability with two digits behind the point, never rounded up to certainty.
    private static func percent(_ probability: Float) -> String {
        let most = probability < 1 ? 9999 : 10_000
        guard let hundredths = Int((probability * 10_000).rounded(), within: 0...most) else { return "    nan" }
        let rest = hundredths % 100
        let text = "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
        return String(repeating: " ", count: max(0, 7 - text.count)) + text
    }
}
