import Foundation
import Parity
import Tensors
import Testing

@Suite struct ComparisonTests {
    @Test func countsAHandComputedCase() {
        // Allowed: 0.3 + 0.1 · |theirs|. Differences: 0.5 of 0.5, 0.25 of 0.3, 1 of 1.1; then 0.125 more each.
        let theirs = Tensor([2, 3], [1, 2, 0, -4, 8, 0.5])
        let tolerance = Tolerance(absolute: 0.3, relative: 0.1)
        let within = Comparison(Tensor([2, 3], [1, 2.5, 0.25, -4, 7, 0.5]), theirs, tolerance)
        #expect(within.isEqual && within.count == 6 && within.exact == 3)
        let beyond = Comparison(Tensor([2, 3], [1, 2.625, 0.375, -4, 6.875, 0.5]), theirs, tolerance)
        #expect(!beyond.isEqual && beyond.violations == 3 && beyond.exact == 3)
    }

    @Test func findsTheFirstAndTheWorstElement() throws {
        let theirs = Tensor([2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7])
        let ours = Tensor([2, 2, 2], [0, 1, 2, 3.5, 4, 5, 9, 7])
        let found = Comparison(ours, theirs)
        #expect(found.violations == 2)
        #expect(found.first?.index == [0, 1, 1])
        #expect(found.first?.difference == 0.5)
        #expect(found.worst?.index == [1, 1, 0])
        #expect(found.worst?.ours == 9 && found.worst?.theirs == 6)
        #expect(found.absoluteError.maximum == 3)
        #expect(found.absoluteError.mean == 3.5 / 8)
        #expect(found.relativeError.maximum == 0.5)
    }

    @Test func namesElementsAcrossBatches() {
        var found = Comparison()
        found.add(Tensor([2, 3], [0, 1, 2, 3, 4, 5]), Tensor([2, 3], [0, 1, 2, 3, 4, 5]))
        found.add(Tensor([2, 3], [0, 1, 2, 3, 4, 5]), Tensor([2, 3], [0, 1, 2, 3, 4, 6]))
        #expect(found.first?.index == [3, 2])
        #expect(found.count == 12)
    }

    @Test func nothingEqualsNaN() {
        let found = Comparison(
            Tensor([4], [.nan, 1, .nan, 0]), Tensor([4], [.nan, .nan, 1, 0]), Tolerance(absolute: 9, relative: 9))
        #expect(found.violations == 3)
        #expect(found.notANumber == (2, 2))
        #expect(found.requiredAbsolute == nil && found.requiredRelative == nil)
        #expect(found.first?.index == [0])
    }

    @Test func anInfinityEqualsItselfOnly() {
        let infinity = Float.infinity
        let wide = Tolerance(absolute: 1e30, relative: 1)
        #expect(Comparison(Tensor([1], [infinity]), Tensor([1], [infinity]), wide).isEqual)
        for (ours, theirs) in [
            (infinity, -infinity), (1, infinity), (infinity, 1), (.greatestFiniteMagnitude, infinity),
        ] {
            let found = Comparison(Tensor([1], [ours]), Tensor([1], [theirs]), wide)
            #expect(found.violations == 1 && found.infinityMismatches == 1)
            #expect(found.absoluteError.maximum == 0, "no statistics of what is not finite")
            #expect(found.requiredAbsolute == nil)
        }
    }

    @Test func bothZerosAreEqual() {
        #expect(Comparison(Tensor([2], [0, -0.0]), Tensor([2], [-0.0, 0]), .exact).isEqual)
    }

    @Test func reportsDifferentShapesInsteadOfTrapping() {
        let found = Comparison(Tensor([2, 3]), Tensor([3, 2]))
        #expect(!found.isEqual)
        #expect(found.shapeMismatch?.description == "ours has shape [2, 3], theirs [3, 2]")
    }

    @Test func scalesTheAbsoluteTerm() {
        let ours = Tensor([1], [100.5])
        let theirs = Tensor([1], [100])
        #expect(!Comparison(ours, theirs, Tolerance(absolute: 0.01, relative: 0)).isEqual)
        let scaled = Comparison(ours, theirs, Tolerance(absolute: 0.01, relative: 0), scale: 100)
        #expect(scaled.isEqual)
        #expect(abs((scaled.requiredAbsolute ?? 0) - 0.005) < 1e-12)
    }

    @Test func anElementWithoutRelativeErrorIsCounted() {
        let found = Comparison(Tensor([3], [0, 1e-9, 2]), Tensor([3], [0, 0, 1]))
        #expect(found.relativeErrorUndefined == 1)
        #expect(found.relativeError.maximum == 1)
        #expect(found.relativeError.mean == 0.5)
    }

    /// Against the definitions, computed the slow way.
    @Test(arguments: [UInt64(1), 2, 3])
    func agreesWithBruteForce(seed: UInt64) throws {
        let (ours, theirs) = noisyPair(count: 20_011, seed: seed)
        let tolerance = Tolerance(absolute: 1e-6, relative: 1e-5)
        let pairs = zip(ours, theirs).map { (Double($0), Double($1)) }
        let errors = pairs.map { abs($0 - $1) }.sorted()
        let relative = pairs.filter { $0.1 != 0 || $0.0 == 0 }.map { $0 == $1 ? 0 : abs($0 - $1) / abs($1) }.sorted()
        let failing = pairs.filter { abs($0 - $1) > tolerance.absolute + tolerance.relative * abs($1) }

        var found = Comparison(tolerance)
        for range in [0..<7, 7..<9_000, 9_000..<20_011] {
            found.add(Tensor([range.count], ours[range]), Tensor([range.count], theirs[range]))
        }
        #expect(found.violations == failing.count && failing.count > 0)
        #expect(found.exact == pairs.count { $0 == $1 })
        #expect(found.absoluteError.maximum == errors.last)
        #expect(abs(found.absoluteError.mean - errors.reduce(0, +) / Double(errors.count)) < 1e-18)
        for (statistics, sorted) in [(found.absoluteError, errors), (found.relativeError, relative)] {
            for (quantile, fraction) in [(statistics.median, 0.5), (statistics.quantile999, 0.999)] {
                let exact = sorted[Int((fraction * Double(sorted.count)).rounded(.up)) - 1]
                #expect(quantile >= exact && quantile <= exact * (1 + 1.0 / 64) + 1e-18)
            }
        }
    }

    @Test(arguments: [
        Tolerance.standard, .exact, Tolerance(absolute: 0, relative: 1e-6), Tolerance(absolute: 1e-7, relative: 0),
    ])
    func theRequiredToleranceIsTheSmallestThatPasses(_ tolerance: Tolerance) throws {
        let (ours, theirs) = noisyPair(count: 5_000, seed: 9)
        let (a, b) = (Tensor([5_000], ours), Tensor([5_000], theirs))
        let found = Comparison(a, b, tolerance)
        let absolute = try #require(found.requiredAbsolute)
        let relative = found.requiredRelative
        func passes(_ absolute: Double, _ relative: Double) -> Bool {
            Comparison(a, b, Tolerance(absolute: absolute, relative: relative)).isEqual
        }
        #expect(passes(absolute, tolerance.relative))
        #expect(absolute == 0 || !passes(absolute * (1 - 1e-9), tolerance.relative))
        if let relative {
            #expect(passes(tolerance.absolute, relative))
            #expect(relative == 0 || !passes(tolerance.absolute, relative * (1 - 1e-9)))
        } else {
            #expect(!passes(tolerance.absolute, 1e30))
        }
    }

    @Test func countsErrorsByDecade() {
        let errors: [Float] = [0, 1, 9.99, 10, 1e-8, 0.999e-8, 1.001e-8, 5e-30, 1e25]
        let found = Comparison(Tensor([errors.count], errors), Tensor([errors.count])).absoluteErrorCounts
        #expect(found.zeros == 1)
        // float32's 1e-8 lies a little below 10⁻⁸ in float64: it belongs to the decade below.
        let expected = errors.dropFirst().map { min(19, max(-20, Int(log10(Double($0)).rounded(.down)))) }
        for exponent in -20...19 {
            #expect(found.rows.first { $0.exponent == exponent }?.count ?? 0 == expected.count { $0 == exponent })
        }
    }

    @Test func isTheSameForAnyNumberOfThreads() {
        let (ours, theirs) = noisyPair(count: 600_000, seed: 4)
        let found = [1, 2, 7].map { threads in
            Comparison(Tensor([600_000], ours), Tensor([600_000], theirs), pool: WorkerPool(threads: threads))
        }
        #expect(Set(found.map(\.absoluteError)).count == 1)
        #expect(Set(found.map(\.first)).count == 1 && Set(found.map(\.worst)).count == 1)
        #expect(Set(found.map(\.ulps)).count == 1)
    }

    @Test func anEmptyTensorEqualsAnEmptyTensor() {
        let found = Comparison(Tensor([0, 10]), Tensor([0, 10]))
        #expect(found.isEqual && found.count == 0 && found.worst == nil)
        #expect(found.absoluteError.maximum == 0 && found.absoluteError.mean == 0)
    }

    /// Numbers of many sizes, some zero, and the same with noise of many sizes, some without.
    private func noisyPair(count: Int, seed: UInt64) -> (ours: [Float], theirs: [Float]) {
        let random = Random(seed: seed)
        func power(_ stream: UInt64, _ i: Int, _ low: Float, _ high: Float) -> Float {
            let exponent = low + (high - low) * random.stream(stream).uniform(at: i)
            return Float(
                sign: .plus, exponent: Int(exponent), significand: 1 + random.stream(stream + 9).uniform(at: i))
        }
        let theirs = (0..<count).map { i in
            random.stream(1).word(at: i) % 5 == 0 ? 0 : power(2, i, -20, 10) * (i % 2 == 0 ? 1 : -1)
        }
        let ours = theirs.enumerated().map { i, value in
            random.stream(3).word(at: i) % 4 == 0 ? value : value + power(4, i, -40, -8)
        }
        return (ours, theirs)
    }
}
