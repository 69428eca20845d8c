import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing

/// Bare operations between layers, as Python makes them.
@Suite struct OperationFormTests {
    private static let input = LayerCheck.uniform([3, 4, 4, 3], Random(seed: 2), from: -1, to: 1)

    /// Numbers behind, in front and in arrays; tensors twice; names of functions in both Kerases.
    private static func script(_ engine: KerasProcess.Engine) -> String {
        let mean =
            engine == .keras3 ? "keras.ops.mean(y, axis=(1, 2), keepdims=True)" : "tf.reduce_mean(y, (1, 2), True)"
        let relu = engine == .keras3 ? "keras.ops.relu6" : "tf.nn.relu6"
        let join = engine == .keras3 ? "keras.ops.concatenate([y, a], axis=-1)" : "tf.concat([y, a], -1)"
        let turn = engine == .keras3 ? "keras.ops.transpose(y, (0, 3, 1, 2))" : "tf.transpose(y, (0, 3, 1, 2))"
        return """
            keras.utils.set_random_seed(5)
            x = keras.Input((4, 4, 3))
            a = keras.layers.Conv2D(3, 1)(x)
            y = 2 - (a + 3.0) * (1 / 6)
            y = \(relu)(y / 2 * a + np.array([1, -2, 0.5], "float32")) ** 2
            y = y - \(mean)
            y = \(join)
            y = \(turn)
            model = keras.Model(x, keras.layers.Dense(2)(-y))
            made = [model]
            """
    }

    @Test(arguments: KerasProcess.Engine.allCases, ["model.keras", "model.h5"])
    func computesWhatPythonWrote(_ engine: KerasProcess.Engine, name: String) throws {
        let keras = try #require(try LiveKeras.of(engine).run(Self.script(engine), inputs: []).made.first)
        let expected = try keras.predict([Self.input])[0]
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left over is the system's to clean
        try keras.save(folder.appending(path: name).path)
        let file = try KerasFile.read(folder.appending(path: name).path)
        #expect(gap(try Session(file.model).predict([Self.input])[0], expected) <= 1e-4)
        // Back into both Kerases, Keras 3's `.h5` among them, which it cannot read where it wrote it itself.
        for other in KerasProcess.Engine.allCases {
            let again = folder.appending(path: "again-" + name).path
            try file.write(
                to: again, format: name.hasSuffix("h5") ? .legacyH5 : .archive,
                dialect: other == .keras3 ? .keras3 : .keras2, overwriting: true)
            #expect(gap(try LiveKeras.of(other).load(again).predict([Self.input])[0], expected) <= 1e-4, "\(other)")
        }
    }

    @Test(arguments: [
        (KerasProcess.Engine.keras3, "keras.ops.cumsum(x, axis=1)", "keras.ops.Cumsum"),
        (.keras3, "keras.ops.sum(x)", "option \"axis\""),
        (.tfKeras, "tf.cumsum(x, 1)", "tf.math.cumsum"),
    ])
    func refusesOthersByName(_ engine: KerasProcess.Engine, call: String, name: String) throws {
        let keras = try #require(
            try LiveKeras.of(engine).run(
                """
                x = keras.Input((4, 3))
                made = [keras.Model(x, \(call))]
                """, inputs: []
            ).made.first)
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left over is the system's to clean
        let path = folder.appending(path: "model.keras").path
        try keras.save(path)
        let error = #expect(throws: KerasError.self) { try KerasFile.read(path) }
        #expect("\(try #require(error))".contains(name))
    }
}
