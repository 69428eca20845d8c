import Datasets
import Networks
import TestSupport
import Testing
import Training

/// The recipe learns: the classic net with Adadelta at 1.0 on the embedded digits.
@Suite struct RecipeTests {
    @Test func theEmbeddedDigitsAreLearntInAFewEpochs() throws {
        let data = try Digits.loaded.get()
        let train = try #require(data.train).dataset(oneHot: 10)
        let test = try #require(data.test).dataset(oneHot: 10)
        var trainer = Trainer(
            try classicNet(), optimizer: Adadelta(learningRate: 1), loss: CategoricalCrossentropy(), seed: 1)
        _ = try trainer.fit(train, epochs: 8, batchSize: 128)
        let accuracy = try #require(try trainer.evaluate(test, batchSize: 128)["accuracy"])
        #expect(accuracy >= 0.95)
    }
}
