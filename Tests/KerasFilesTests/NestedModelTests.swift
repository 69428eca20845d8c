import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// A model inside `TimeDistributed`: both ways, every format, and it trains as in Keras.
@Suite struct NestedModelTests {
    private static func ramp(_ shape: Shape, _ step: Int) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { Float(($0 * step) % 101) / 101 - 0.3 })
    }

    private static let input = ramp([4, 3, 6, 5, 2], 37)
    private static let target = ramp([4, 2], 53)

    /// A Sequential for each frame, then a functional with a branch, a model inside it and a frozen layer.
    private static let script = """
        keras.utils.set_random_seed(11)
        L = keras.layers
        frame = keras.Sequential([
            L.Input((6, 5, 2)), L.Conv2D(3, 2, activation="tanh"), L.BatchNormalization(), L.Flatten(), L.Dense(4)],
            name="frame")
        i = L.Input((4,))
        a, b = L.Dense(3, name="a", trainable=False)(i), L.Dense(3, name="b", activation="tanh")(i)
        deep = keras.Model(i, L.Add()([a, b]), name="deep")
        i = L.Input((4,))
        step = keras.Model(i, L.Concatenate()([L.Dense(2, name="c")(deep(i)), i]), name="step")
        x = L.Input((3, 6, 5, 2))
        h = L.TimeDistributed(step, name="second")(L.TimeDistributed(frame, name="first")(x))
        model = keras.Model(x, L.Dense(2)(L.GRU(3)(h)), name="video")
        for w in model.weights:
            if "moving_variance" in w.name: w.assign(w + 0.5)
        model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mean_squared_error", run_eagerly=True)
        made = [model]
        """

    private static func made(by keras: KerasProcess) throws -> KerasModel {
        try #require(try keras.run(script).made.first)
    }

    @Test(arguments: LiveKerasFileTests.crossings)
    func crossesTheBorder(_ crossing: LiveKerasFileTests.Crossing) throws {
        guard crossing.format != .legacyWeightsH5 || crossing.engine == .tfKeras else { return }
        let process = try LiveKeras.of(crossing.engine)
        let keras = try Self.made(by: process)
        let folder = try temporaryFolder()
        let architecture = folder.appending(path: "architecture.json")
        try Data(try keras.json().utf8).write(to: architecture)
        let expected = try keras.predict([Self.input])[0]

        let theirs = folder.appending(path: "theirs-" + crossing.fileName).path
        try keras.save(theirs, weightsOnly: !crossing.isWhole)
        let file = try KerasFile.read(theirs, architecture: crossing.isWhole ? nil : architecture.path)
        #expect(file.ledger.isComplete)
        #expect(gap(try Session(file.model).predict([Self.input])[0], expected) <= 1e-5)

        let ours = folder.appending(path: crossing.fileName).path
        try file.write(to: ours, format: crossing.format, dialect: crossing.dialect)
        try Data(try file.architectureJSON(crossing.dialect).utf8).write(to: architecture)
        let back = try process.load(ours, architecture: crossing.isWhole ? nil : architecture.path)
        #expect(gap(try back.predict([Self.input])[0], expected) <= 1e-6)
        #expect(try back.weights().map { $0.values } == keras.weights().map { $0.values })
    }

    @Test(arguments: KerasProcess.Engine.allCases)
    func isTranslated(_ source: KerasProcess.Engine) throws {
        let target: KerasProcess.Engine = source == .keras3 ? .tfKeras : .keras3
        let folder = try temporaryFolder()
        let keras = try Self.made(by: LiveKeras.of(source))
        let expected = try keras.predict([Self.input])[0]
        for ending in ["keras", "h5"] {
            let (original, path) = (folder.path + "/original." + ending, folder.path + "/other." + ending)
            try keras.save(original)
            try KerasFile.read(original).write(
                to: path, format: ending == "h5" ? .legacyH5 : .archive, dialect: target == .keras3 ? .keras3 : .keras2)
            #expect(gap(try LiveKeras.of(target).load(path).predict([Self.input])[0], expected) <= 1e-5)
        }
    }

    @Test(arguments: KerasProcess.Engine.allCases)
    func trainsAsInKeras(_ engine: KerasProcess.Engine) throws {
        let folder = try temporaryFolder()
        let path = folder.appending(path: "model.keras").path
        // The bias before the normalization has no gradient but rounding, so the optimizer must not divide by its size.
        let training = """
            model.save("\(path)")
            for i in [0, 2] * 3: model.train_on_batch(inputs[0][i:i + 2], inputs[1][i:i + 2])
            """
        let keras = try #require(
            try LiveKeras.of(engine).run(Self.script + "\n" + training, inputs: [Self.input, Self.target]).made.first)
        var trainer = try #require(try KerasFile.read(path).trainer())
        for _ in 0..<3 {
            for start in [0, 2] {
                _ = try trainer.trainOnBatch(
                    [Self.input.samples(start..<start + 2)], [Self.target.samples(start..<start + 2)])
            }
        }
        let expected = try keras.weights().map { $0.values }
        let found = trainer.model.layers.map(\.weights).filter { !$0.isEmpty }
        for (ours, theirs) in zip(found.joined(), expected.joined()) {
            let isNear = zip(ours.elements, theirs.elements).allSatisfy { abs($0 - $1) <= 2e-5 + 1e-4 * abs($1) }
            #expect(isNear, "\(ours.shape)")
        }
    }

    @Test(arguments: KerasProcess.Engine.allCases)
    func aMaskInsideStaysInside(_ engine: KerasProcess.Engine) throws {
        var x = Self.ramp([2, 3, 4, 2], 37)
        for i in [2, 3, 4, 5, 46, 47] { x[i] = 0 }
        let keras = try #require(
            try LiveKeras.of(engine).run(
                """
                keras.utils.set_random_seed(2)
                L = keras.layers
                step = keras.Sequential([L.Input((4, 2)), L.Masking(), L.LSTM(3)], name="step")
                made = [keras.Sequential([L.Input((3, 4, 2)), L.TimeDistributed(step)])]
                """, inputs: []
            ).made.first)
        let path = try temporaryFolder().appending(path: "mask.keras").path
        try keras.save(path)
        #expect(gap(try Session(KerasFile.read(path).model).predict([x])[0], try keras.predict([x])[0]) <= 1e-5)
    }
}
