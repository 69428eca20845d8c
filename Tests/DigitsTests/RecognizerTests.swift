import Digits
import KerasFiles
import Networks
import Tensors
import Testing

@Suite struct RecognizerTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    @Test func readsDigitsOnAnyPartOfACanvas() {
        let digits = RealDigits.unseen
        var dice = Dice(seed: 7)
        var (right, sure, rightAndSure) = (0, 0, 0)
        let count = 600
        for number in 0..<count {
            let scale = dice(2.5...9.0)
            var drawing = Drawing(width: 280, height: 280)
            let room = 280 - Int(28 * scale)
            drawing.draw(
                digits.images[number], left: dice(0...room), top: dice(0...room), scale: scale,
                pressure: dice(-0.2...0.2))
            drawing.thicken(by: dice(0...2))
            let answer = recognizer.recognize(drawing.ink)
            right += answer.digit == digits.labels[number] ? 1 : 0
            sure += answer.doubt == nil ? 1 : 0
            rightAndSure += answer.doubt == nil && answer.digit == digits.labels[number] ? 1 : 0
        }
        print("canvas: \(right) of \(count) \(digits.description) right; \(sure) sure, \(rightAndSure) of these right")
        #expect(right * 1000 >= 980 * count)
    }

    @Test func readsMNISTAsItIs() {
        let digits = RealDigits.unseen
        let ways: [Centring] = [.none, .centreOfMass]
        for centring in ways {
            let answers = recognizer.probabilities(of: digits.images.map { InkPreparation($0, centring: centring) })
            let right = zip(answers, digits.labels).count { $0.firstIndex(of: $0.max() ?? 0) == $1 }
            print("as it is, \(centring): \(right) of \(digits.count) \(digits.description) right")
            #expect(right * 1000 >= 985 * digits.count)
        }
    }
}
