import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing

@Suite struct ReversibleEmbeddingTests {
    private let table = Tensor([3, 2], [0, 1, 10, 11, 20, 21])

    @Test func readsTheTableBothWays() {
        let layer = ReversibleEmbedding(Embedding(inputDim: 3, outputDim: 2))
        let x = Tensor([1, 2], [2, 0])
        let y = layer.forward([x], [table], Context()).outputs[0]
        #expect(y == Tensor([1, 2, 2], [20, 21, 0, 1]))
        let scores = layer.forward([y, y], [table], Context()).outputs[0]
        #expect(scores == Tensor([1, 2, 3], [21, 431, 841, 1, 11, 21]))
    }

    @Test func inReverseItNeedsRowsOfItsTable() {
        let layer = ReversibleEmbedding(Embedding(inputDim: 3, outputDim: 2))
        let error = #expect(throws: ShapeError.self) { try layer.outputShapes(for: [[4, 5], [4, 5]]) }
        #expect(error?.description == "ReversibleEmbedding in reverse expects [batch, …, 2], found shape [4, 5]")
    }

    /// One layer, called both ways in one model, as Keras writes it and as we do.
    @Test(arguments: ["tie_weights=True", "tie_weights=False, logit_soft_cap=3.0", "mask_zero=True"])
    func crossesWithBothCalls(_ options: String) throws {
        let process = try LiveKeras.of(.keras3)
        let keras = try #require(
            try process.run(
                """
                keras.utils.set_random_seed(3)
                x = keras.Input((4,))
                e = keras.layers.ReversibleEmbedding(5, 3, embeddings_initializer="normal", \(options))
                made = [keras.Model(x, e(keras.layers.Dense(3)(e(x)), reverse=True))]
                """, inputs: []
            ).made.first)
        let x = Tensor([2, 4], [0, 1, 2, 3, 4, 0, 2, 1])
        let expected = try keras.predict([x])[0]
        let folder = FileManager.default.temporaryDirectory.appending(path: "reverse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left over is the system's to clean
        for name in ["reverse.keras", "reverse.h5"] {
            let path = folder.appending(path: name).path
            try keras.save(path)
            let file = try KerasFile.read(path)
            #expect(file.ledger.isComplete)
            let ours = try Session(file.model).predict([x])[0]
            #expect(zip(ours.elements, expected.elements).allSatisfy { abs($0 - $1) <= 1e-5 }, "\(name)")
            // What the file declared, then what the model itself says.
            for file in [file, KerasFile(file.model)] {
                let again = folder.appending(path: "again-" + name).path
                try file.write(
                    to: again, format: name.hasSuffix("h5") ? .legacyH5 : .archive, dialect: .keras3,
                    overwriting: true)
                #expect(try process.load(again).predict([x])[0] == expected, "\(name) again")
            }
        }
    }
}
