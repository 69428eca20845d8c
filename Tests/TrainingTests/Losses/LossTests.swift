import Networks
import Tensors
import Testing
import Training

@Suite struct LossTests {
    struct Golden: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            var className: String
            var config: StoredOptions
            var targets: StoredTensor
            var outputs: StoredTensor
            var logits: StoredTensor?
            var sampleWeights: [Float]
            var values: StoredTensor
            var mean: Float
            var weighted: Float
            var gradient: [Float]
            var weightedGradient: [Float]
            var testDescription: String { className }
        }

        var cases: [Case]
    }

    static let golden: Golden? = try? trainingFixture("losses")
    let pool = WorkerPool(threads: 2)

    @Test func everyLossHasGoldenNumbers() throws {
        let golden: Golden = try trainingFixture("losses")
        let classes = Set(golden.cases.map(\.className))
        #expect(classes.compactMap { LossRegistry.standard[$0]?.functionName }.sorted() == LossRegistry.standard.names)
    }

    @Test(arguments: golden?.cases ?? [])
    func givesTheNumbersOfKeras(_ expected: Golden.Case) throws {
        let loss = try LossRegistry.standard.loss(expected.className, options: expected.config.options)
        let targets = expected.targets.tensor
        let prediction = Prediction(expected.outputs.tensor, logits: expected.logits?.tensor)
        let values = loss.values(targets, prediction, on: pool)
        #expect(values.shape == Shape(expected.values.shape))
        #expect(gap(values.elements, expected.values.values) < 1)
        #expect(gap([loss.mean(targets, prediction, on: pool)], [expected.mean]) < 1)
        let weights = expected.sampleWeights
        #expect(gap([loss.mean(targets, prediction, weights: weights, on: pool)], [expected.weighted]) < 1)
        #expect(gap(elements(loss.gradientOfMean(targets, prediction, on: pool), expected), expected.gradient) < 1)
        let weighted = loss.gradientOfMean(targets, prediction, weights: weights, on: pool)
        #expect(gap(elements(weighted, expected), expected.weightedGradient) < 1)
        #expect(Set(loss.options.names) == Set(expected.config.options.names))
        #expect(try LossRegistry.standard.loss(expected.className, options: loss.options).options == loss.options)
    }

    private func elements(_ gradient: LossGradient, _ expected: Golden.Case) -> [Float] {
        switch gradient {
        case .logits(let gradient):
            #expect(expected.logits != nil)
            return gradient.elements
        case .outputs(let gradient):
            #expect(expected.logits == nil)
            return gradient.elements
        }
    }

    @Test func theLossIsTheSameForAnyNumberOfThreads() {
        let random = Random(seed: 1)
        let outputs = Tensor([1000, 10], (0..<10_000).map { random.uniform(at: $0) })
        let targets = Tensor([1000], (0..<1000).map { Float($0 % 10) })
        let means = [1, 2, 3].map { threads in
            SparseCategoricalCrossentropy().mean(targets, Prediction(outputs), on: WorkerPool(threads: threads))
        }
        #expect(Set(means).count == 1)
    }

    @Test func aLossOfWholeBatchesIsOnlyScaledByWeights() {
        let (t, y) = (Tensor([2, 2, 3], repeating: 1), Prediction(Tensor([2, 2, 3], repeating: 0.5)))
        let loss = Dice(axes: [0, 1])
        let plain = loss.mean(t, y, on: pool)
        #expect(loss.values(t, y, on: pool).shape == [3])
        #expect(gap([loss.mean(t, y, weights: [1, 2], on: pool)], [1.5 * plain]) < 1)
    }

    @Test(arguments: [([1, 1, 1], true), ([1, 0, 2], false), ([1, 2, 0], true), ([5, 0, 0], false)])
    func labelsOfCTCFitTheTimeAndTheClasses(_ labels: [Float], _ areLabels: Bool) {
        let loss = CTC().mean(Tensor([1, 3], labels), Prediction(Tensor([1, 3, 4], repeating: 1)), on: pool)
        // Equal labels need a blank between them: three of them take five steps.
        #expect(areLabels ? labels[1] == labels[0] ? loss == .infinity : loss.isFinite : loss.isNaN)
    }

    @Test(
        arguments: [
            (Dice(axes: [3]), [-1, 4, 4], "its axis 3 is no axis of outputs of shape [?, 4, 4]"),
            (Circle(), [-1, 4, 4], "it expects outputs of shape [batch, size], found [?, 4, 4]"),
        ] as [(any Loss, Shape, String)])
    func saysWhichOutputsItCannotTake(_ loss: any Loss, _ outputs: Shape, _ problem: String) {
        #expect(loss.problem(outputs: outputs) == problem)
    }

    @Test(
        arguments: [
            ("CategoricalGeneralizedCrossEntropy", ["q": 1], "q"), ("Dice", ["axis": "rows"], "axis"),
            ("SparseCategoricalCrossentropy", ["axis": 1], "axis"),
        ] as [(String, Options, String)])
    func refusesAnOptionByNameAndValue(_ name: String, _ options: Options, _ option: String) throws {
        let value = try #require(options[option])
        let error = #expect(throws: ConfigurationError.self) {
            try LossRegistry.standard.loss(name, options: options)
        }
        #expect(
            error?.description.hasPrefix(
                "loss \"\(name)\": option \"\(option)\" has value \(value), which is not supported; expected ") == true)
    }

    @Test func takesTargetsOfTheIgnoredClassThatAreNoClass() throws {
        let model = try Model.sequential(inputShape: [4], [("scores", Dense(units: 3, activation: .softmax))], seed: 1)
        func train(_ ignored: Int?) throws {
            var trainer = Trainer(
                model, optimizer: SGD(learningRate: 0.1), loss: SparseCategoricalCrossentropy(ignoredClass: ignored),
                metrics: [])
            _ = try trainer.trainOnBatch([Tensor([2, 4], repeating: 1)], [Tensor([2], [255, 2])])
        }
        try train(255)
        #expect(throws: TrainingError.self) { try train(nil) }
    }

    @Test func knowsTheShortNamesOfKeras() throws {
        for (short, type) in [
            ("mse", "MeanSquaredError"), ("MAE", "MeanAbsoluteError"), ("bce", "BinaryCrossentropy"),
            ("kld", "KLDivergence"), ("categorical_crossentropy", "CategoricalCrossentropy"),
        ] {
            #expect(LossRegistry.standard[short]?.kerasName == type)
        }
        let error = #expect(throws: ConfigurationError.self) { try LossRegistry.standard.loss("odd") }
        #expect(error?.description.hasPrefix("loss \"odd\" is not supported; supported: binary_crossentropy, ") == true)
    }
}
