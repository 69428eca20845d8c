import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// Training of what sequences bring: losses that pass over masked steps, costs of activity, and states kept between batches.
@Suite(.serialized) struct SequenceTrainingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var inputShape: Shape
        var layers: [(name: String, layer: any Layer)]
        var engines = KerasProcess.Engine.allCases
        var loss = "mean_squared_error"
        var testDescription: String { name }

        /// Words of five letters, 0 of which is none, where the input is one of words.
        func inputs(_ count: Int) -> Tensor {
            let shape = Shape([count] + Array(inputShape))
            let x = LayerCheck.uniform(shape, Random(seed: 6), from: -1, to: 1)
            guard layers[0].layer is Embedding else { return x }
            return Tensor(shape, x.elements.map { max(0, ($0 * 4.99).rounded(.down)) })
        }

        /// Numbers, or one class of each place for a cross-entropy.
        func targets(_ shape: Shape) -> Tensor {
            let numbers = LayerCheck.uniform(shape, Random(seed: 7), from: 0, to: 1)
            guard loss == "categorical_crossentropy" else { return numbers }
            let classes = shape[shape.count - 1]
            return Tensor(
                shape,
                (0..<numbers.count).map { Int(numbers[$0 / classes * classes] * 7) % classes == $0 % classes ? 1 : 0 })
        }
    }

    private static let l2 = Regularizer.l2(0.05)

    static let cases: [Case] = [
        Case(
            name: "masked steps of every sequence", inputShape: [5],
            layers: [
                ("words", Embedding(inputDim: 5, outputDim: 3, maskZero: true)),
                ("norm", BatchNormalization()),
                ("gru", GRU(GRUCell(units: 4), SequenceOptions(returnSequences: true))),
                ("dense", TimeDistributed(Dense(units: 2))),
            ], engines: [.keras3]),
        Case(
            name: "masked classes of every step", inputShape: [5],
            layers: [
                ("words", Embedding(inputDim: 5, outputDim: 3, maskZero: true)),
                ("lstm", LSTM(LSTMCell(units: 4), SequenceOptions(returnSequences: true))),
                ("classes", Dense(units: 3, activation: .softmax)),
            ], loss: "categorical_crossentropy"),
        Case(
            name: "costs of activity", inputShape: [6, 3],
            layers: [
                ("conv", Conv1D(filters: 4, kernelSize: [2], activation: .tanh, activityRegularizer: l2)),
                ("cost", ActivityRegularization(l1: 0.01, l2: 0.02)),
                ("gru", GRU(GRUCell(units: 3), SequenceOptions(activityRegularizer: .l1(0.1)))),
                ("classes", Dense(units: 3, activation: .softmax, activityRegularizer: l2)),
            ], loss: "categorical_crossentropy"),
    ]

    @Test(arguments: cases)
    func tenStepsGiveTheSameLossesAndWeights(_ training: Case) throws {
        let model = try Model.sequential(inputShape: training.inputShape, training.layers, seed: 2)
        let x = training.inputs(40)
        let output = try Session(model).predict([x])[0].shape
        let y = training.targets(output)
        for engine in training.engines {
            let keras = try inKeras(model, engine)
            let expected = try keras.train(
                [x], targets: [y], batchSize: 4, optimizer: OptimizerSpec("SGD", ["learning_rate": 0.1]),
                losses: [training.loss])
            let loss = try LossRegistry.standard.loss(training.loss)
            var trainer = Trainer(model, optimizer: SGD(learningRate: 0.1), loss: loss, metrics: [])
            for (step, theirs) in expected.enumerated() {
                let rows = 4 * step..<4 * step + 4
                let ours = try trainer.trainOnBatch([x.samples(rows)], [y.samples(rows)])["loss"] ?? .nan
                #expect(abs(ours - Double(theirs)) <= 1e-5 * max(1, abs(ours)), "\(engine), step \(step)")
            }
            expectSameWeights(trainer.model, try keras.weights())
        }
    }

    @Test func statesGoOnFromBatchToBatchOfTraining() throws {
        let input = InputLayer(batchShape: [2, 4, 3])
        let layer = LSTM(LSTMCell(units: 3), SequenceOptions(stateful: true))
        var model = Model(
            name: "stateful", form: .sequential,
            layers: [
                ModelLayer(name: "input", layer: input),
                ModelLayer(name: "lstm", layer: layer, calls: [[Source(layer: 0)]]),
            ], inputs: [0], outputs: [Source(layer: 1)])
        try model.build()
        model.initialize(seed: 1)
        let x = LayerCheck.uniform([8, 4, 3], Random(seed: 1), from: -1, to: 1)
        let y = LayerCheck.uniform([8, 3], Random(seed: 2), from: -1, to: 1)
        let keras = try inKeras(model, .keras3)
        let expected = try keras.train(
            [x], targets: [y], batchSize: 2, optimizer: OptimizerSpec("SGD", ["learning_rate": 0.1]),
            losses: ["mean_squared_error"])
        var trainer = Trainer(model, optimizer: SGD(learningRate: 0.1), loss: MeanSquaredError(), metrics: [])
        for (step, theirs) in expected.enumerated() {
            let rows = 2 * step..<2 * step + 2
            let ours = try trainer.trainOnBatch([x.samples(rows)], [y.samples(rows)])["loss"] ?? .nan
            #expect(abs(ours - Double(theirs)) <= 1e-5, "step \(step)")
        }
        expectSameWeights(trainer.model, try keras.weights())
    }
}
