import Digits
import KerasFiles
import Networks
import Tensors
import Testing

@Suite struct RecognizerTests {
    let recognizer: Recognizer

    init() throws { recognizer = try Recognizer.shipped() }

    @Test func readsDigitsOnAnyPartOfACanvas() throws { try readsAnywhere(RealDigits.embedded()) }

    func readsAnywhere(_ digits: RealDigits) {
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

    @Test func readsMNISTAsItIs() throws { try readsAsTheyAre(RealDigits.embedded()) }

    func readsAsTheyAre(_ digits: RealDigits) {
        let ways: [Centring] = [.none, .centreOfMass]
        for centring in ways {
            let answers = recognizer.probabilities(of: digits.images.map { InkPreparation($0, centring: centring) })
            let right = zip(answers, digits.labels).count { $0.firstIndex(of: $0.max() ?? 0) == $1 }
            print("as it is, \(centring): \(right) of \(digits.count) \(digits.description) right")
            #expect(right * 1000 >= 985 * digits.count)
        }
    }

    @Test func tellsTheSameWhateverShapeTheModelTakes() throws {
        let shapes: [Shape] = [[28, 28, 1], [28, 28], [784], [1, 28, 28]]
        let ink = try RealDigits.embedded().images[5]
        let answers = try shapes.map { shape in
            try recognizer(for: shape, activation: .softmax).recognize(ink).probabilities
        }
        let first = try #require(answers.first)
        #expect(answers.allSatisfy { $0 == first })
        #expect(abs(first.reduce(0, +) - 1) < 1e-4)
    }

    @Test func takesLogitsAndSigmoidsForProbabilities() throws {
        let ink = try RealDigits.embedded().images[5]
        let softmax = try recognizer(for: [784], activation: .softmax).recognize(ink)
        let logits = try recognizer(for: [784], activation: .linear).recognize(ink)
        let sigmoid = try recognizer(for: [784], activation: .sigmoid).recognize(ink)
        #expect(zip(softmax.probabilities, logits.probabilities).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(sigmoid.ranking == softmax.ranking)
        #expect(abs(sigmoid.probabilities.reduce(0, +) - 1) < 1e-4)
    }

    @Test func givesBytesToAModelThatScalesThem() throws {
        let dense = Dense(units: 10, activation: .softmax)
        let plain = try Model.sequential(inputShape: [784], [("dense", dense)], seed: 3)
        let scaling = try Model.sequential(
            inputShape: [784], [("scale", Rescaling(scale: [1.0 / 255])), ("dense", dense)], seed: 3)
        let ink = try RealDigits.embedded().images[8]
        var scaled = scaling
        if let last = scaled.layers.indices.last { scaled.layers[last].weights = plain.layers[1].weights }
        let answers = try [plain, scaled].map { try Recognizer($0, name: "x").recognize(ink).probabilities }
        #expect(zip(answers[0], answers[1]).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test(
        arguments: [
            ([32, 32, 1], 10, "takes inputs of shape [32, 32, 1]"),
            ([28, 28, 3], 10, "takes inputs of shape [28, 28, 3]"),
            ([28, 28, 1], 9, "gives outputs of shape [9]"),
        ] as [(Shape, Int, String)])
    func refusesAModelOfSomethingElse(_ shape: Shape, _ units: Int, _ words: String) throws {
        let model = try Model.sequential(
            name: "odd", inputShape: shape, [("flat", Flatten()), ("dense", Dense(units: units))])
        let error = #expect(throws: RecognizerError.self) { try Recognizer(model, name: "odd") }
        #expect(error?.description.hasPrefix("model \"odd\" \(words); to recognise digits it must") == true)
    }

    private func recognizer(for shape: Shape, activation: Activation) throws -> Recognizer {
        let model = try Model.sequential(
            inputShape: shape, [("flat", Flatten()), ("dense", Dense(units: 10, activation: activation))], seed: 4)
        return try Recognizer(model, name: "model")
    }
}
