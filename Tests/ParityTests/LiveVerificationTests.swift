import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// Our runtime against a real Keras: models that Keras made, read from files that Keras wrote.
@Suite struct LiveVerificationTests {
    @Test(arguments: KerasProcess.Engine.allCases, ["keras", "h5"])
    func agreesInEveryLayerGradientAndStep(_ engine: KerasProcess.Engine, _ ending: String) throws {
        let made = try SavedModel(engine, ending)
        let keras = try LiveKeras.of(engine)
        let file = try KerasFile.read(made.path)
        var verification = Verification(
            model: made.path, ours: SessionSide(file), theirs: try KerasSide(keras, path: made.path),
            inputs: .random(for: file.model, samples: 20, seed: 3))
        verification.layers = LayerInspection(bisects: true)
        verification.gradients = ["sparse_categorical_crossentropy"]
        verification.training = TrainingRecipe(
            optimizer: .fresh(className: "Adam", options: ["learning_rate": 0.01]),
            losses: ["sparse_categorical_crossentropy"], steps: 5, batchSize: 8)
        verification.batchSize = 7
        let verdict = try verification.run()
        #expect(verdict.reasons == [], "\(verdict.text())")
        #expect(verdict.classification?.agreements == 20)
        let layers = try #require(verdict.layers)
        #expect(layers.counts.compared == file.model.layers.count - 1)
        #expect(layers.rows.allSatisfy { $0.alone != nil })
        #expect(verdict.gradients?.rows.count == 8 && verdict.training?.rows.count == 10)
        #expect(verdict.theirs.name.hasSuffix(keras.versions.keras))
    }

    @Test(arguments: ["conv", "norm", "dense"])
    func locatesAFaultInOurSide(_ layer: String) throws {
        let made = try SavedModel(.keras3, "keras")
        let file = try KerasFile.read(made.path)
        var ours = file.model
        let index = try #require(ours.index(of: layer))
        ours.layers[index].weights[1][2] += 0.05
        var verification = Verification(
            model: made.path, ours: SessionSide(Session(ours)),
            theirs: try KerasSide(LiveKeras.of(.keras3), path: made.path),
            inputs: .random(for: file.model, samples: 20, seed: 3))
        verification.layers = LayerInspection(bisects: true)
        verification.gradients = ["sparse_categorical_crossentropy"]
        let verdict = try verification.run()
        #expect(verdict.exitStatus == 2)
        #expect(verdict.layers?.firstDifference?.key.layer == layer)
        #expect(verdict.layers?.rows.filter { !($0.alone?.isEqual ?? true) }.map(\.key.layer) == [layer])
        // A batch's normalization takes any shift back out: the gradients know nothing of the bias before it.
        #expect(verdict.gradients?.rows.allSatisfy(\.comparison.isEqual) == (layer == "conv"))
    }

    @Test(arguments: KerasProcess.Engine.allCases)
    func replaysABundleWithoutKeras(_ engine: KerasProcess.Engine) throws {
        let made = try SavedModel(engine, "keras")
        let file = try KerasFile.read(made.path)
        let inputs = Inputs.random(for: file.model, samples: 12, seed: 8)
        let (x, y, bundle) = (made.beside("x.npy"), made.beside("y.npy"), made.beside("bundle.npz"))
        try NPY.write(inputs.batch(0..<12).inputs[0], path: x)
        try NPY.write(Tensor([12], (0..<12).map { Float($0 % 4) }), path: y)
        let python = Process()
        python.executableURL = URL(fileURLWithPath: try LiveKeras.of(engine).python)
        python.arguments = [
            packageRoot + "/Scripts/keras_reference.py", made.path, "-o", bundle, "--layers", "--gradients", "--loss",
            "sparse_categorical_crossentropy", "--input", x, "--target", y, "--keras", engine == .keras3 ? "3" : "2",
            "--train-steps", "3", "--batch-size", "4", "--optimizer",
            #"{"class_name": "Adam", "config": {"learning_rate": 0.01}}"#,
        ]
        python.standardOutput = FileHandle.nullDevice
        python.standardError = FileHandle.nullDevice
        try python.run()
        python.waitUntilExit()
        try #require(python.terminationStatus == 0)

        let reference = try StoredReference(paths: [bundle])
        #expect(reference.losses == ["sparse_categorical_crossentropy"])
        var verification = Verification(
            model: made.path, ours: SessionSide(file), theirs: reference, inputs: try #require(reference.inputs))
        verification.layers = LayerInspection(bisects: true)
        verification.gradients = reference.losses
        verification.training = reference.recipe
        let verdict = try verification.run()
        #expect(verdict.reasons == [], "\(verdict.text())")
        #expect(verdict.samples == 12 && verdict.gradients?.rows.count == 8 && verdict.training?.rows.count == 10)
        #expect(verdict.layers?.counts.compared == file.model.layers.count - 1)
        #expect(verdict.classification?.ours != nil, "the targets are labels")
    }

    /// A shared layer, and a model inside the model that is called twice.
    @Test(arguments: KerasProcess.Engine.allCases)
    func looksIntoModelsInsideTheModel(_ engine: KerasProcess.Engine) throws {
        let made = try SavedModel(
            engine, "keras",
            """
            block = keras.Sequential([
                L.Input((6, 6, 2)), L.Conv2D(2, 3, padding='same', name='conv'), L.ReLU(name='relu')], name='block')
            a, b = L.Input((6, 6, 2), name='a'), L.Input((6, 6, 2), name='b')
            y = L.Add(name='add')([block(a), block(block(b))])
            model = keras.Model([a, b], L.Dense(3, name='dense')(L.Flatten(name='flat')(y)))
            """)
        let file = try KerasFile.read(made.path)
        var verification = Verification(
            model: made.path, ours: SessionSide(file), theirs: try KerasSide(LiveKeras.of(engine), path: made.path),
            inputs: .random(for: file.model, samples: 8, seed: 3))
        verification.layers = LayerInspection(bisects: true)
        verification.gradients = ["mean_squared_error"]
        let verdict = try verification.run()
        #expect(verdict.reasons == [], "\(verdict.text())")
        let layers = try #require(verdict.layers)
        #expect(layers.uncompared == 0 && layers.rows.count == 9)
        #expect(layers.rows.allSatisfy { $0.alone != nil })
        #expect(verdict.gradients?.rows.map(\.name).contains("block/conv/kernel") == true)
    }

    private var packageRoot: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }
}

/// A small model that Keras made and saved; its folder goes with it.
private final class SavedModel {
    let path: String
    private let folder: URL

    init(_ engine: KerasProcess.Engine, _ ending: String, _ making: String = sequential) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent("model." + ending).path
        let lively = """
            L = keras.layers
            keras.utils.set_random_seed(3)
            \(making)
            for w in model.weights:
                w.assign(np.random.default_rng(5).uniform(0.2, 1.0, w.shape) * (0.3 if len(w.shape) > 1 else 1))
            made = [model]
            """
        try #require(LiveKeras.of(engine).run(lively).made.first).save(path)
    }

    private static let sequential = """
        model = keras.Sequential([
            L.Input((9, 8, 2)),
            L.Conv2D(6, 3, padding='same', strides=2, name='conv'),
            L.BatchNormalization(name='norm'),
            L.Activation('relu', name='act'),
            L.Conv2D(5, 2, activation='tanh', name='conv_b'),
            L.Dropout(0.3, name='drop'),
            L.Flatten(name='flat'),
            L.Dense(4, activation='softmax', name='dense'),
        ])
        """

    deinit { try? FileManager.default.removeItem(at: folder) }

    func beside(_ name: String) -> String { folder.appendingPathComponent(name).path }
}
