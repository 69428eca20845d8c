import Parity
import Tensors
import Testing

@Suite struct ClassificationTests {
    @Test func countsAgreementsAndScores() throws {
        var found = ClassificationComparison(.probabilities)
        let theirs = Tensor([3, 2], [0.75, 0.25, 0.5, 0.5, 0.25, 0.75])
        let ours = Tensor([3, 2], [0.75, 0.25, 0.5, 0.5, 0.75, 0.25])
        found.add(ours, theirs, labels: [0, 1, 1])
        #expect(found.samples == 3 && found.agreements == 2 && found.flipCount == 1)
        #expect(found.theirs?.correct == 2 && found.ours?.correct == 1)
        let expected = -(log(0.75) + log(0.5) + log(0.25)) / 3
        #expect(abs((found.ours?.loss ?? 0) - expected) < 1e-12)
        let flip = try #require(found.flips.first)
        #expect(flip.sample == 2 && flip.label == 1)
        #expect(flip.ours.label == 0 && flip.theirs.label == 1)
        #expect(flip.margin == 0.5)
        #expect(found.closest.first?.sample == 1)
    }

    @Test func aFlipBetweenEqualScoresIsATie() {
        var found = ClassificationComparison(.probabilities)
        found.add(Tensor([1, 2], [0.500001, 0.499999]), Tensor([1, 2], [0.499999, 0.500001]))
        #expect(found.agreements == 0 && found.ties == 1 && found.flipCount == 0)
        #expect(found.flips.first?.isTie == true)
        #expect(found.ours == nil, "no labels, no score")
    }

    @Test func nothingAgreesWithNaN() {
        var found = ClassificationComparison(.probabilities)
        let bad = Tensor([1, 2], [.nan, 0.5])
        found.add(bad, bad)
        #expect(found.agreements == 0 && found.flipCount == 1)
    }

    @Test func readsASigmoidAsTwoClasses() {
        var found = ClassificationComparison(.sigmoid)
        found.add(Tensor([2, 1], [0.9, 0.4]), Tensor([2, 1], [0.9, 0.6]), labels: [1, 0])
        #expect(found.agreements == 1 && found.ours?.correct == 2 && found.theirs?.correct == 1)
        #expect(abs((found.flips.first?.margin ?? 0) - 0.2) < 1e-6)
    }

    @Test func takesLogitsThroughASoftmax() {
        var found = ClassificationComparison(.logits)
        let logits = Tensor([1, 3], [1, 2, 3])
        found.add(logits, logits, labels: [2])
        #expect(abs((found.ours?.loss ?? 0) - log(exp(-2.0) + exp(-1) + 1)) < 1e-12)
    }

    @Test func keepsFewCasesOfMany() {
        var found = ClassificationComparison(.probabilities)
        let count = 500
        let ours = Tensor([count, 2], (0..<count).flatMap { [Float($0) / 1000, 1 - Float($0) / 1000] })
        let theirs = Tensor([count, 2], (0..<count).flatMap { [1 - Float($0) / 1000, Float($0) / 1000] })
        found.add(ours, theirs)
        found.add(theirs, theirs)
        #expect(found.flipCount == count && found.flips.count == ClassificationComparison.kept)
        #expect(found.closest.count == ClassificationComparison.kept)
        #expect(found.closest.map(\.margin) == found.closest.map(\.margin).sorted())
        #expect(found.closest.first?.sample == 2 * count - 1)
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
