import Datasets
import Digits
import Images
import TestSupport
import Testing

/// What the shipped model makes of MNIST's 10,000 test digits, which it has not learned from.
@Suite(.enabled(if: SharedFolder.isNamed, "\(SharedFolder.reason)"))
struct SharedDigitsTests {
    let digits: RealDigits

    init() throws { digits = try SharedDigits.mnist.get() }

    @Test func trustsWhatPeopleWrote() throws { try DoubtTests().trusts(digits) }

    @Test(arguments: Scene.allCases)
    func readsDigitsInPhotographs(_ scene: Scene) throws { try PhotoTests().reads(digits, in: scene) }

    @Test(arguments: Orientation.allCases)
    func readsAPhotographHoweverItWasHeld(_ orientation: Orientation) throws {
        try PhotoTests().reads(digits, held: orientation)
    }

    @Test(arguments: SegmentationTests.words)
    func readsWords(_ name: String, _ gaps: ClosedRange<Float>, _ floor: Int) throws {
        try SegmentationTests().readsWords(of: digits, name, gaps, floor)
    }

    @Test func leavesSingleDigitsWhole() throws { try SegmentationTests().leavesWhole(digits) }

    @Test func readsDigitsOnAnyPartOfACanvas() throws { try RecognizerTests().readsAnywhere(digits) }

    @Test func readsMNISTAsItIs() throws { try RecognizerTests().readsAsTheyAre(digits) }
}

/// MNIST's test part, read once.
private enum SharedDigits {
    static let mnist = Result { try RealDigits(.folder(SharedFolder.path("mnist")), \.test, count: 10_000) }
}
