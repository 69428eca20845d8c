import Networks
import Tensors
import TestSupport
import Testing

@Suite struct DropoutTests {
    let ones = Tensor([100, 1000], repeating: 1)

    @Test func passesItsInputOnInInference() {
        #expect(Dropout(rate: 0.5).forward(ones, [], Context(mode: .inference)).y == ones)
    }

    @Test(arguments: [0.1, 0.25, 0.5, 0.9])
    func dropsTheRateAndScalesTheRest(_ rate: Double) {
        let y = Dropout(rate: rate).forward(ones, [], Context(mode: .training, random: Random(seed: 5))).y.elements
        let kept = y.filter { $0 != 0 }
        #expect(kept.allSatisfy { $0 == Float(1 / (1 - rate)) })
        // Five standard deviations of a binomial count.
        let deviation = (Double(y.count) * rate * (1 - rate)).squareRoot()
        #expect(abs(Double(y.count - kept.count) - rate * Double(y.count)) < 5 * deviation)
    }

    @Test func dropsAllAtRateOne() {
        let y = Dropout(rate: 1).forward(ones, [], Context(mode: .training)).y
        #expect(y.elements.allSatisfy { $0 == 0 })
    }

    @Test func drawsAnewForEachStepAndForEachSeed() {
        func mask(_ layer: Dropout, _ seed: UInt64) -> Tensor {
            layer.forward(ones, [], Context(mode: .training, random: Random(seed: seed))).y
        }
        #expect(mask(Dropout(rate: 0.5), 1) == mask(Dropout(rate: 0.5), 1))
        #expect(mask(Dropout(rate: 0.5), 1) != mask(Dropout(rate: 0.5), 2))
        #expect(mask(Dropout(rate: 0.5, seed: 3), 1) != mask(Dropout(rate: 0.5, seed: 4), 1))
    }

    @Test func neighboursAreIndependent() {
        let y = Dropout(rate: 0.5).forward(ones, [], Context(mode: .training, random: Random(seed: 9))).y.elements
        let agreements = zip(y, y.dropFirst()).count { $0 == $1 }
        #expect(abs(Double(agreements) - 50_000) < 5 * 158)
    }

    @Test func noiseShapeSharesOneFate() {
        let layer = Dropout(rate: 0.5, noiseShape: [-1, 1, 2])
        let y = layer.forward(Tensor([3, 4, 2], repeating: 1), [], Context(mode: .training)).y
        for n in 0..<3 {
            for c in 0..<2 { #expect(Set((0..<4).map { y[(n * 4 + $0) * 2 + c] }).count == 1) }
        }
    }

    @Test(arguments: [
        Dropout(rate: 0), Dropout(rate: 0.3), Dropout(rate: 1), Dropout(rate: 0.5, seed: 7),
        Dropout(rate: 0.5, noiseShape: [-1, 1, 3]),
    ])
    func passesTheHarness(_ layer: Dropout) {
        #expect(LayerCheck(layer, inputs: [2, 5, 3]).problems() == [])
        #expect(LayerCheck(layer, inputs: [2, 5, 3], mode: .inference).problems() == [])
    }

    @Test(arguments: [1.5, -0.1, "half"] as [OptionValue])
    func refusesARateThatIsNone(_ rate: OptionValue) {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "dropout", className: "Dropout", options: ["rate": rate])
        }
        #expect(
            error?.description == "layer \"dropout\": option \"rate\" has value \(rate), which is not supported; "
                + "expected a number from 0 to 1")
    }
}
