import Digits
import Networks
import Tensors
import Testing

/// Models whose layers are made for one image: Keras saves them with `batch_shape=(1, …)` or with `ops.reshape`.
@Suite struct FixedBatchTests {
    @Test(
        arguments: [
            ([1, 28, 28, 1], 1), ([1, 28, 28, 1], -1), ([Shape.unknown, 28, 28, 1], -1),
        ] as [(Shape, Int)])
    func givesOneImageAtATime(_ declared: Shape, _ rows: Int) throws {
        let recognizer = try Recognizer(model(declared, [rows, 784]), name: "one")
        let digits = try RealDigits.embedded()
        let preparations = digits.images.prefix(5).map { InkPreparation($0) }
        let together = try recognizer.probabilities(of: preparations)
        let alone = try digits.images.prefix(5).map { try recognizer.recognize($0).probabilities }
        #expect(together == alone)
        #expect(Set(alone).count == 5)

        let answer = try recognizer.recognize(try #require(digits.images.first))
        #expect(try recognizer.heatMap(of: answer).values.contains { $0 != 0 })
        #expect(try recognizer.activations(of: answer.preparation).count == 3)
        var page = Drawing(width: 300, height: 90)
        for (place, digit) in digits.images.prefix(3).enumerated() {
            page.draw(digit, left: 10 + 95 * place, top: 5, scale: 2.8)
        }
        #expect(try recognizer.recognizeAll(page.ink).count == 3)
    }

    @Test func refusesAModelThatTakesNoSingleImage() throws {
        let model = try model([2, 28, 28, 1], [2, 784])
        let error = #expect(throws: RecognizerError.self) { try Recognizer(model, name: "two") }
        #expect(error?.description.contains("to recognise digits it must") == true)
    }

    @Test(arguments: [-1, 10, Int.max])
    func knowsNoOtherDigits(_ digit: Int) throws {
        let recognizer = try Recognizer.shipped()
        let answer = try recognizer.recognize(.blank(width: 28, height: 28))
        #expect(throws: RecognizerError.noDigit(digit)) {
            try recognizer.heatMap(of: answer, for: digit).digit
        }
    }

    /// An input, `ops.reshape`, and ten classes.
    private func model(_ declared: Shape, _ shape: [Int]) throws -> Model {
        let layers: [any Layer] = [
            InputLayer(batchShape: declared), ReshapeOperation(newShape: shape), Dense(units: 10, activation: .softmax),
        ]
        let named = layers.enumerated().map { place, layer in
            ModelLayer(name: "layer_\(place)", layer: layer, calls: place == 0 ? [] : [[Source(layer: place - 1)]])
        }
        var model = Model(name: "fixed", form: .functional, layers: named, inputs: [0], outputs: [Source(layer: 2)])
        try model.build()
        model.initialize(seed: 5)
        return model
    }
}
