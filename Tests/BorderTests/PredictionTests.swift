import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// Predictions on 1,000 test digits, through every format and dialect, in both directions.
@Suite(.serialized) struct PredictionTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// The classic net after some steps of training: probabilities that mean something.
    private static let trained = Result {
        let (x, y) = try Digits.training(1280)
        var trainer = Trainer(try classicNet(), optimizer: Adam(), loss: CategoricalCrossentropy())
        for step in 0..<20 {
            let range = (step % 10 * 128)..<(step % 10 * 128 + 128)
            _ = try trainer.trainOnBatch([x.samples(range)], [y.samples(range)])
        }
        return trainer
    }

    private func expectAgreement(_ ours: Tensor, _ theirs: Tensor) {
        #expect(ours.shape == [1000, 10])
        let difference = largestDifference(ours, theirs)
        #expect(difference <= 1e-5)
        #expect(winners(ours) == winners(theirs))
    }

    @Test(arguments: Crossing.all)
    func kerasToSwift(_ crossing: Crossing) throws {
        let digits = try Digits.test()
        let keras = try inKeras(Self.trained.get().model, crossing.engine)
        // Keras itself goes on training a little, so that the weights are its own.
        let (x, y) = try Digits.training(256)
        _ = try keras.train(
            [x], targets: [y], batchSize: 64, optimizer: OptimizerSpec("Adam", ["learning_rate": 0.001]),
            losses: ["categorical_crossentropy"])
        let path = folder.path(crossing.fileName)
        try keras.save(path, weightsOnly: crossing.isWeightsOnly)
        var architecture: String?
        if crossing.isWeightsOnly {
            architecture = folder.path("architecture.json")
            try keras.json().write(toFile: folder.path("architecture.json"), atomically: true, encoding: .utf8)
        }
        let file = try KerasFile.read(path, architecture: architecture)
        #expect(file.origin.format == crossing.format)
        #expect(file.ledger.isComplete)
        expectAgreement(try Session(file.model).predict([digits])[0], try keras.predict([digits])[0])
    }

    @Test(arguments: Crossing.all)
    func swiftToKeras(_ crossing: Crossing) throws {
        let digits = try Digits.test()
        let trainer = try Self.trained.get()
        let path = folder.path(crossing.fileName)
        try KerasFile(trainer).write(to: path, format: crossing.format, dialect: crossing.dialect)
        let architecture = crossing.isWeightsOnly ? try KerasFile(trainer).architectureJSON(crossing.dialect) : nil
        let keras = try LiveKeras.of(crossing.engine).load(
            path, architecture: architecture, compiled: !crossing.isWeightsOnly)
        expectAgreement(try Session(trainer.model).predict([digits])[0], try keras.predict([digits])[0])
        for layer in try keras.weights() where !layer.values.isEmpty {
            let index = try #require(trainer.model.index(of: layer.layer))
            #expect(layer.values == trainer.model.layers[index].weights, "\(layer.layer) bit for bit")
        }
    }
}
