import Digits
import Foundation
import Testing

@Suite struct SegmentationTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    /// How far the ink of one digit is from the next; below 0 they run into each other.
    enum Gaps: String, CaseIterable, Sendable {
        case wide, narrow, touching
        var range: ClosedRange<Float> {
            switch self {
            case .wide: 0.15...0.6
            case .narrow: 0.03...0.12
            case .touching: -0.08...0.0
            }
        }
    }

    @Test(arguments: Gaps.allCases)
    func readsStringsOfDigits(_ gaps: Gaps) {
        let digits = RealDigits.unseen
        var dice = Dice(seed: 11)
        var (right, rightLength, count) = (0, 0, 0)
        for _ in 0..<150 {
            let length = dice(2...5)
            var drawing = Drawing(width: 150 * length + 100, height: 260)
            var left: Float = 30
            var text = ""
            for _ in 0..<length {
                let number = dice(0...(digits.count - 1))
                let digit = digits.images[number]
                guard let bounds = digit.bounds() else { continue }
                let scale = dice(5.0...6.0)
                drawing.draw(
                    digit, left: Int(left - Float(bounds.x) * scale), top: 40 + dice(-8...8), scale: scale,
                    pressure: dice(-0.15...0.1))
                left += Float(bounds.width) * scale + dice(gaps.range) * 20 * scale
                text += "\(digits.labels[number])"
            }
            let answers = recognizer.recognizeAll(drawing.ink)
            let read = answers.map { "\($0.digit)" }.joined()
            if read != text, gaps == .touching {
                print("  \(text) read as \(read)", answers.map { String(format: "%.2f", $0.confidence) })
            }
            count += 1
            right += read == text ? 1 : 0
            rightLength += read.count == text.count ? 1 : 0
        }
        print("strings, \(gaps) gaps: \(right) of \(count) right, \(rightLength) with as many digits")
        #expect(right > 0)
    }

    @Test func leavesSingleDigitsWhole() {
        let digits = RealDigits.unseen
        var dice = Dice(seed: 12)
        var whole = 0
        for number in 0..<300 {
            var drawing = Drawing(width: 200, height: 200)
            drawing.draw(digits.images[number], left: 20, top: 20, scale: 5.5, pressure: dice(-0.15...0.1))
            whole += recognizer.recognizeAll(drawing.ink).count == 1 ? 1 : 0
        }
        print("single digits left whole: \(whole) of 300")
        #expect(whole >= 290)
    }
}
