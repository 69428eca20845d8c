import Parity
import Testing

@Suite struct ToleranceTests {
    @Test(
        arguments: [
            (1.0, 1.0, true), (1.0001, 1, false), (100.001, 100, true), (1e-5, 0, true), (1.1e-5, 0, false),
            (.infinity, .infinity, true), (1, .infinity, false), (.nan, .nan, false),
        ] as [(Float, Float, Bool)])
    func addsBothTerms(_ ours: Float, _ theirs: Float, _ passes: Bool) {
        #expect(Tolerance(absolute: 1e-5, relative: 1e-5).accepts(ours, theirs) == passes)
    }

    @Test func isRelativeToTheirs() {
        let tolerance = Tolerance(absolute: 0, relative: 0.1)
        #expect(tolerance.accepts(90, 100))
        #expect(!tolerance.accepts(100, 90))
    }

    @Test func readsOneForAllAndOthersByName() throws {
        let found = try Tolerances(absolute: ["1e-4", "digit:1e-3", "a:b:0"], relative: ["digit:0.5"])
        #expect(found["anything"] == Tolerance(absolute: 1e-4, relative: 1e-5))
        #expect(found["digit"] == Tolerance(absolute: 1e-3, relative: 0.5))
        #expect(found["a:b"] == Tolerance(absolute: 0, relative: 1e-5))
    }

    @Test(arguments: ["", "x", "-1", "nan", "digit:", "digit:x"])
    func refusesWhatIsNoTolerance(_ text: String) {
        let error = #expect(throws: ToleranceError.self) { try Tolerances(absolute: [text], relative: []) }
        #expect(error?.description.hasPrefix("\"\(text)\" is not a tolerance") == true)
    }
}
