import Digits
import Foundation
import Testing

@Suite struct SegmentationTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    /// How far the box of one digit is from the next, in twentieths of a digit's height; below 0 they overlap.
    ///
    /// Of 150 words of 2 to 5 digits, how many have to be read right.
    static let words: [(String, ClosedRange<Float>, Int)] = [
        ("wide", 3.0...12.0, 140), ("narrow", 0.6...2.4, 140), ("touching", -1.6...0.0, 115),
        ("overlapping", -4.0 ... -1.6, 45),
    ]

    @Test(arguments: words)
    func readsWords(_ name: String, _ gaps: ClosedRange<Float>, _ floor: Int) throws {
        try readsWords(of: RealDigits.embedded(), name, gaps, floor)
    }

    func readsWords(of digits: RealDigits, _ name: String, _ gaps: ClosedRange<Float>, _ floor: Int) {
        var dice = Dice(seed: 11)
        var (right, rightLength) = (0, 0)
        for _ in 0..<150 {
            let (ink, text) = word(digits, &dice, gaps)
            let read = recognizer.recognizeAll(ink).map { "\($0.digit)" }.joined()
            right += read == text ? 1 : 0
            rightLength += read.count == text.count ? 1 : 0
        }
        print("words, \(name): \(right) of 150 right, \(rightLength) with as many digits (\(digits.description))")
        #expect(right >= floor)
    }

    private func word(_ digits: RealDigits, _ dice: inout Dice, _ gap: ClosedRange<Float>) -> (Ink, String) {
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
            left += Float(bounds.width) * scale + dice(gap) * scale
            text += "\(digits.labels[number])"
        }
        return (drawing.ink, text)
    }

    @Test func leavesSingleDigitsWhole() throws { try leavesWhole(RealDigits.embedded()) }

    func leavesWhole(_ digits: RealDigits) {
        var dice = Dice(seed: 12)
        var whole = 0
        for number in 0..<300 {
            var drawing = Drawing(width: 200, height: 200)
            drawing.draw(digits.images[number], left: 20, top: 20, scale: 5.5, pressure: dice(-0.15...0.1))
            whole += recognizer.recognizeAll(drawing.ink).count == 1 ? 1 : 0
        }
        print("single digits left whole: \(whole) of 300")
        #expect(whole >= 294)
    }

    @Test func readsLinesFromTopToBottom() throws {
        let digits = try RealDigits.embedded()
        var drawing = Drawing(width: 500, height: 420)
        for (place, number) in [(0, 7), (1, 2), (2, 10), (3, 14), (4, 23)] {
            drawing.draw(
                digits.images[number], left: 20 + place % 3 * 150 + place / 3 * 60,
                top: 20 + place / 3 * 200 + place * 4,
                scale: 5.5)
        }
        let answers = recognizer.recognizeAll(drawing.ink)
        #expect(answers.map(\.digit) == [7, 2, 10, 14, 23].map { digits.labels[$0] })
        #expect(Segmentation.boxes(in: drawing.ink).count == 5)
        for answer in answers {
            #expect(answer.box.width > 10 && answer.box.right <= 500 && answer.box.bottom <= 420)
        }
    }

    @Test func findsNothingOnAnEmptySurface() {
        #expect(recognizer.recognizeAll(.blank(width: 100, height: 50)).isEmpty)
        #expect(Segmentation.boxes(in: .blank(width: 1, height: 1)).isEmpty)
    }
}
