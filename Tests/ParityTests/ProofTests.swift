import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing

/// Files that carry their own test: written with what Keras said, replayed without it.
@Suite struct ProofTests {
    @Test(
        arguments: KerasProcess.Engine.allCases,
        [KerasFile.Format.legacyH5, .legacyWeightsH5, .weightsH5, .archive])
    func isReplayedAndPassedOverByKeras(_ engine: KerasProcess.Engine, _ format: KerasFile.Format) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

        let keras = try LiveKeras.of(engine)
        let made = try #require(keras.run(ProofTests.model).made.first)
        let (original, proven) = (path("made.keras"), path("proven." + ProofTests.ending(of: format, engine)))
        try made.save(original)
        var file = try KerasFile.read(original)
        let inputs = Inputs.random(for: file.model, samples: 4, seed: 2)
        file.proof = try KerasSide(keras, path: original).proof(of: inputs, file.model)
        let dialect: Dialect = engine == .keras3 ? .keras3 : .keras2
        try file.write(to: proven, format: format, dialect: dialect)

        let isWeights = format == .weightsH5 || format == .legacyWeightsH5
        let again = try KerasFile.read(proven, architecture: isWeights ? original : nil)
        #expect(again.proof == file.proof)
        let verdict = try replay(again)
        #expect(verdict.reasons == [] && verdict.samples == 4, "\(verdict.text())")

        // Keras loads the file as if there were no proof, and predicts the same.
        if !(engine == .keras3 && format == .legacyWeightsH5) {
            let loaded = try keras.load(proven, architecture: isWeights ? original : nil, compiled: false)
            let x = inputs.batch(0..<4).inputs
            let (theirs, before) = (try loaded.predict(x), try made.predict(x))
            #expect(theirs == before)
        }
    }

    @Test func knowsATamperedWeight() throws {
        var file = try provenFile()
        let proof = try #require(file.proof)
        let index = try #require(file.model.index(of: "conv"))
        // So little that no prediction shows it.
        file.model.layers[index].weights[1][0].negate()
        file.model.layers[index].weights[1][0].negate()
        #expect(file.proof == nil, "a proof is of one model's weights alone")
        file.proof = proof
        let sound = try replay(file)
        #expect(sound.reasons == [])
        let weight = file.model.layers[index].weights[1][0]
        file.model.layers[index].weights[1][0] = weight.nextUp
        file.proof = proof
        let little = try replay(file)
        #expect(little.exitStatus == 2 && little.changedWeights == ["conv/bias"])
        #expect(little.reasons.contains { $0.contains("conv/bias") })
        #expect(!little.outputs.contains { !$0.comparison.isEqual })
        #expect(little.junit().contains("weight conv/bias") && little.json().contains("\"changed_weights\""))
        file.model.layers[index].weights[1][0] = weight + 1
        file.proof = proof
        let much = try replay(file)
        #expect(much.outputs.contains { !$0.comparison.isEqual })
    }

    @Test func goesAlongWhereTheModelStaysAsItIs() throws {
        let file = try provenFile()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (first, second) = (folder.path + "/a.keras", folder.path + "/b.h5")
        try file.write(to: first, format: .archive)
        try KerasFile.read(first).write(to: second, format: .legacyH5, dialect: .keras2)
        let last = try KerasFile.read(second)
        #expect(last.proof == file.proof)
        let verdict = try replay(last)
        #expect(verdict.reasons == [])
    }

    /// A file whose proof is our own word, which needs no Keras.
    private func provenFile() throws -> KerasFile {
        let model = try Model.sequential(
            inputShape: [6, 6, 1],
            [
                ("conv", Conv2D(filters: 2, kernelSize: [3, 3])), ("flat", Flatten()),
                ("dense", Dense(units: 3, activation: .softmax(axis: -1))),
            ], seed: 4)
        var file = KerasFile(model)
        let x = Inputs.random(for: model, samples: 3, seed: 1).batch(0..<3).inputs[0]
        let y = try Session(model).predict([x])[0]
        let digests = Options(model.weightDigests.map { ($0.name, OptionValue.string($0.digest)) })
        file.proof = Proof(
            about: [
                "format": "keras-bridge-reference", "version": 1, "engine": "keras", "keras": "3",
                "weights": .object(digests),
            ], arrays: [Proof.Array("inputs/0", x), Proof.Array("outputs/0", y)])
        return file
    }

    private func replay(_ file: KerasFile) throws -> Verdict {
        let reference = try StoredReference(#require(file.proof), name: "file")
        return try Verification(
            model: "file", ours: SessionSide(file), theirs: reference, inputs: #require(reference.inputs)
        ).run()
    }

    private static func ending(of format: KerasFile.Format, _ engine: KerasProcess.Engine) -> String {
        switch format {
        case .archive: "keras"
        case .weightsH5: "weights.h5"
        case .legacyH5, .legacyWeightsH5: "h5"
        }
    }

    private static let model = """
        L = keras.layers
        keras.utils.set_random_seed(3)
        model = keras.Sequential([
            L.Input((9, 8, 2)), L.Conv2D(3, 3, name='conv'), L.BatchNormalization(name='norm'), L.ReLU(name='relu'),
            L.Flatten(name='flat'), L.Dense(4, activation='softmax', name='dense')])
        model.compile('adam', 'categorical_crossentropy')
        made = [model]
        """
}
