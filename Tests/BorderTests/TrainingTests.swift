import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// Training is the same arithmetic on both sides: gradients, steps of every optimizer, and a change of sides midway.
@Suite(.serialized) struct TrainingTests {
    /// An optimizer on both sides.
    struct Pair: CustomTestStringConvertible, Sendable {
        var ours: any Optimizer
        var theirs: OptimizerSpec
        var testDescription: String { "\(theirs.className) \(theirs.options)" }
    }

    static let optimizers: [Pair] = [
        Pair(ours: Adadelta(learningRate: 1), theirs: OptimizerSpec("Adadelta", ["learning_rate": 1.0])),
        Pair(ours: SGD(learningRate: 0.1), theirs: OptimizerSpec("SGD", ["learning_rate": 0.1])),
        Pair(
            ours: SGD(learningRate: 0.05, momentum: 0.9),
            theirs: OptimizerSpec("SGD", ["learning_rate": 0.05, "momentum": 0.9])),
        Pair(
            ours: SGD(learningRate: 0.05, momentum: 0.9, nesterov: true),
            theirs: OptimizerSpec("SGD", ["learning_rate": 0.05, "momentum": 0.9, "nesterov": true])),
        Pair(ours: Adam(), theirs: OptimizerSpec("Adam", [:])),
        Pair(ours: RMSprop(), theirs: OptimizerSpec("RMSprop", [:])),
    ]

    private let batchSize = 16
    private func batches(_ range: Range<Int>) throws -> (x: Tensor, y: Tensor) {
        let (x, y) = try Digits.training(20 * batchSize)
        let samples = (range.lowerBound * batchSize)..<(range.upperBound * batchSize)
        return (x.samples(samples), y.samples(samples))
    }

    private func train(_ trainer: inout Trainer, _ range: Range<Int>) throws {
        for step in range {
            let (x, y) = try batches(step..<(step + 1))
            _ = try trainer.trainOnBatch([x], [y])
        }
    }

    /// Every optimizer on both nets that have no kinks.
    static let smoothRuns = optimizers.flatMap { pair in ["small", "smooth classic"].map { (pair, $0) } }

    @Test(arguments: smoothRuns)
    func twentyStepsGiveTheSameWeights(_ pair: Pair, _ net: String) throws {
        let start = net == "small" ? try smallNet() : try smoothClassicNet()
        var trainer = Trainer(start, optimizer: pair.ours, loss: CategoricalCrossentropy())
        let keras = try inKeras(trainer.model, .keras3)
        let (x, y) = try batches(0..<20)
        _ = try keras.train(
            [x], targets: [y], batchSize: batchSize, optimizer: pair.theirs, losses: ["categorical_crossentropy"])
        try train(&trainer, 0..<20)
        expectSameWeights(trainer.model, try keras.weights())
    }

    /// Between them the three nets hold every layer that learns or lies between: convolutions by Winograd and direct, with
    /// strides and dilation, pooling, normalization, padding, reshaping, activations.
    @Test(arguments: ["classic", "small", "other"])
    func everyGradientIsKeras(_ name: String) throws {
        let model =
            switch name {
            case "classic": try classicNet(dropout: 0)
            case "small": try smallNet()
            default: try otherNet()
            }
        let (x, y) = try batches(0..<2)
        let keras = try inKeras(model, .keras3)
        let theirs = try keras.gradients([x], targets: [y], losses: ["categorical_crossentropy"]).weights
        let session = Session(model)
        let run = try session.forward([x], mode: .training)
        let share = 1 / Float(x.shape[0])
        let start: OutputGradients =
            session.finalActivation == .softmax
            ? .logits(scaled(subtracting(run.outputs[0], y, on: .shared), by: share, on: .shared))
            : .outputs([zipped(y, run.outputs[0], on: .shared) { target, p in -target / p * share }])
        let ours = session.backward(run, start)
        #expect(theirs.count == ours.count)
        for (position, address) in model.trainableWeights.enumerated() {
            let layer = model.layers[address.layer].name
            let other = try #require(theirs.first { $0.layer == layer && $0.weight == address.weight })
            let scale = max(1e-3, other.value.elements.reduce(0) { max($0, abs($1)) })
            let difference = largestDifference(ours[position], other.value)
            #expect(difference <= 1e-4 * scale, "\(layer) weight \(address.weight)")
        }
    }

    /// The product of every optimizer with every format that carries its state.
    static let resumes = optimizers.flatMap { pair in Crossing.withOptimizer.map { (pair, $0) } }

    @Test(arguments: resumes)
    func tenStepsInKerasTenInSwift(_ pair: Pair, _ crossing: Crossing) throws {
        let folder = try ScratchFolder()
        let start = try smallNet()
        let whole = try inKeras(start, crossing.engine)
        let half = try inKeras(start, crossing.engine)
        let losses = ["categorical_crossentropy"]
        let (x, y) = try batches(0..<20)
        let (x10, y10) = try batches(0..<10)
        _ = try whole.train([x], targets: [y], batchSize: batchSize, optimizer: pair.theirs, losses: losses)
        _ = try half.train([x10], targets: [y10], batchSize: batchSize, optimizer: pair.theirs, losses: losses)
        try half.save(folder.path(crossing.fileName))

        let file = try KerasFile.read(folder.path(crossing.fileName))
        #expect(file.optimizer?.iterations == 10, "\(file.notes)")
        var trainer = try #require(try file.trainer())
        try train(&trainer, 10..<20)
        expectSameWeights(trainer.model, try whole.weights())
    }

    @Test(arguments: resumes)
    func tenStepsInSwiftTenInKeras(_ pair: Pair, _ crossing: Crossing) throws {
        let folder = try ScratchFolder()
        let start = try smallNet()
        let whole = try inKeras(start, crossing.engine)
        let (x, y) = try batches(0..<20)
        _ = try whole.train(
            [x], targets: [y], batchSize: batchSize, optimizer: pair.theirs, losses: ["categorical_crossentropy"])
        var trainer = Trainer(start, optimizer: pair.ours, loss: CategoricalCrossentropy())
        try train(&trainer, 0..<10)
        try KerasFile(trainer).write(
            to: folder.path(crossing.fileName), format: crossing.format, dialect: crossing.dialect)

        let half = try LiveKeras.of(crossing.engine).load(folder.path(crossing.fileName))
        let (x20, y20) = try batches(10..<20)
        _ = try half.train([x20], targets: [y20], batchSize: batchSize)  // with the optimizer as it was loaded
        let resumed = try half.weights()
        var model = start
        for layer in resumed where !layer.values.isEmpty {
            let index = try #require(model.index(of: layer.layer))
            model.layers[index].weights = layer.values
        }
        expectSameWeights(model, try whole.weights())
    }
}
