import Digits
import Testing

@Suite struct DoubtTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    @Test func trustsWhatPeopleWrote() throws { try trusts(RealDigits.embedded()) }

    /// Asked of MNIST's test digits as well, as what stands like this in other suites here.
    func trusts(_ digits: RealDigits) {
        let answers = digits.images.prefix(1000).map { recognizer.recognize($0) }
        let sure = zip(answers, digits.labels).filter { $0.0.doubt == nil }
        let right = sure.count { $0.0.digit == $0.1 }
        print("doubt: sure of \(sure.count) of 1000 \(digits.description), \(right) of these right")
        #expect(sure.count >= 950)
        #expect(right * 1000 >= 990 * sure.count)
    }

    /// How many of 200 have to be doubted; a network knows digits only, and takes much for one of them.
    @Test(arguments: Junk.allCases)
    func doubtsWhatIsNoDigit(_ junk: Junk) throws {
        var dice = Dice(seed: 5)
        let doubted = try (0..<200).count { _ in recognizer.recognize(try junk.ink(&dice)).doubt != nil }
        print("doubt: \(doubted) of 200 \(junk) doubted")
        #expect(doubted >= junk.floor)
    }

    @Test func readsNothingWhereNothingIs() {
        let blank = recognizer.recognize(.blank(width: 100, height: 100))
        #expect(blank.doubt == .noInk)
        var values = [Float](repeating: 0, count: 10_000)
        for place in [5050, 5051, 5150, 5151] { values[place] = 1 }
        #expect(recognizer.recognize(Ink(width: 100, height: 100, values: values)).doubt == .hardlyAnyInk)
    }
}
