import Digits
import Testing

@Suite struct HeatMapTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    /// Wiping away what spoke most for the answer must hurt it more than wiping away as much that spoke least.
    @Test func showsWhatTheAnswerRestsOn() throws {
        let digits = try RealDigits.embedded()
        var worse = 0
        for digit in digits.images.prefix(30) {
            let answer = recognizer.recognize(digit)
            let map = recognizer.heatMap(of: answer)
            #expect(map.side == 28 && map.values.count == 784 && map.digit == answer.digit)
            #expect(map.values.allSatisfy { abs($0) <= 1 } && map.values.contains { abs($0) == 1 })
            let pixels = answer.preparation.pixels
            for (value, ink) in zip(map.values, pixels.values) where ink == 0 { #expect(value == 0) }
            let inked = pixels.values.indices.filter { pixels.values[$0] > 0.3 }.sorted {
                map.values[$0] > map.values[$1]
            }
            func confidence(without places: some Sequence<Int>) -> Float {
                var values = pixels.values
                for place in places { values[place] = 0 }
                let ink = InkPreparation(Ink(width: 28, height: 28, values: values), centring: .none)
                return recognizer.probabilities(of: [ink])[0][answer.digit]
            }
            let count = inked.count / 4
            worse += confidence(without: inked.prefix(count)) <= confidence(without: inked.suffix(count)) ? 1 : 0
        }
        print("heat map: the hottest quarter matters more than the coldest for \(worse) of 30 digits")
        #expect(worse >= 26)
    }

    @Test func isColdWithoutInk() {
        let map = recognizer.heatMap(of: recognizer.recognize(.blank(width: 50, height: 50)))
        #expect(map.values.allSatisfy { $0 == 0 })
    }

    @Test func givesTheMapsOfEveryLayer() throws {
        let digit = try RealDigits.embedded().images[3]
        let outputs = recognizer.activations(of: InkPreparation(digit))
        #expect(outputs.map(\.layer) == recognizer.model.layers.map(\.name))
        #expect(outputs.first?.className == "InputLayer" && outputs.first?.output.shape == [28, 28, 1])
        let last = try #require(outputs.last?.output)
        let answer = recognizer.recognize(digit)
        #expect(last.shape == [10])
        #expect(zip(last.elements, answer.probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
    }
}
