import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing

/// Graphs cross the border: two inputs, two outputs, a layer called twice, models inside models, frozen layers.
@Suite struct LiveKerasGraphTests {
    private static func ramp(_ shape: Shape, _ step: Int) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { Float(($0 * step) % 101) / 101 - 0.3 })
    }

    private static let inputs = [ramp([4, 6, 6, 2], 37), ramp([4, 6, 6, 2], 53)]

    private static func made(by keras: KerasProcess) throws -> KerasModel {
        try #require(
            try keras.run(
                """
                keras.utils.set_random_seed(11)
                L = keras.layers
                inner_in = L.Input((6, 6, 3), name="inner_in")
                h = L.Conv2D(3, 1, name="frozen_conv")(inner_in)
                h = L.BatchNormalization(name="norm")(h)
                deep = keras.Sequential([L.Input((6, 6, 3)), L.Conv2D(3, 1, name="deep_conv"), L.ReLU(name="deep_relu")],
                    name="deep")
                h = deep(h)
                inner = keras.Model(inner_in, [h, L.Conv2D(2, 3, padding="same", name="side")(h)], name="inner")
                inner.get_layer("frozen_conv").trainable = False
                a, b = L.Input((6, 6, 2), name="a"), L.Input((6, 6, 2), name="b")
                shared = L.Conv2D(3, 3, padding="same", activation="relu", name="shared")
                x, y = shared(a), shared(b)
                p, q = inner(L.Add(name="sum")([x, y]))
                r, s = inner(L.Multiply(name="product")([x, y]))
                joined = L.Concatenate(name="join")([p, q, r, s, x])
                first = L.Dense(4, activation="softmax", name="first")(L.GlobalAveragePooling2D(name="pool")(joined))
                second = L.Dense(2, name="second")(L.Flatten(name="flat")(q))
                model = keras.Model([a, b], [first, second], name="graph")
                for w in model.weights:
                    if "moving" in w.name: w.assign(np.abs(np.random.RandomState(3).normal(size=w.shape)) + 0.5)
                made = [model]
                """
            ).made.first)
    }

    static let crossings = LiveKerasFileTests.crossings

    @Test(arguments: crossings)
    func readsGraphs(_ crossing: LiveKerasFileTests.Crossing) throws {
        guard crossing.format != .legacyWeightsH5 || crossing.engine == .tfKeras else { return }
        let keras = try Self.made(by: LiveKeras.of(crossing.engine))
        let folder = try temporaryFolder()
        let path = folder.appending(path: crossing.fileName).path
        try keras.save(path, weightsOnly: !crossing.isWhole)
        let architecture = folder.appending(path: "architecture.json")
        try Data(try keras.json().utf8).write(to: architecture)
        let file = try KerasFile.read(path, architecture: crossing.isWhole ? nil : architecture.path)
        #expect(file.ledger.isComplete)
        let expected = try keras.predict(Self.inputs)
        let found = try Session(file.model).predict(Self.inputs)
        #expect(found.count == 2 && zip(found, expected).allSatisfy { gap($0, $1) <= 1e-5 })
    }

    @Test(arguments: crossings)
    func writesGraphs(_ crossing: LiveKerasFileTests.Crossing) throws {
        let process = try LiveKeras.of(crossing.engine)
        let folder = try temporaryFolder()
        let original = folder.appending(path: "original.keras").path
        let model = try Self.made(by: process)
        try model.save(original)
        let file = try KerasFile.read(original)
        let path = folder.appending(path: crossing.fileName).path
        let architecture = folder.appending(path: "architecture.json")
        try file.write(to: path, format: crossing.format, dialect: crossing.dialect)
        try Data(try file.architectureJSON(crossing.dialect).utf8).write(to: architecture)
        let keras = try process.load(path, architecture: crossing.isWhole ? nil : architecture.path)
        let expected = try model.predict(Self.inputs)
        #expect(zip(try keras.predict(Self.inputs), expected).allSatisfy { gap($0, $1) <= 1e-6 })
        #expect(try keras.weights().map { $0.values } == model.weights().map { $0.values })
        #expect(keras.layers == model.layers)
    }

    @Test(arguments: KerasProcess.Engine.allCases)
    func translatesGraphs(_ source: KerasProcess.Engine) throws {
        let target: KerasProcess.Engine = source == .keras3 ? .tfKeras : .keras3
        let folder = try temporaryFolder()
        let model = try Self.made(by: LiveKeras.of(source))
        for format in [KerasFile.Format.archive, .legacyH5] {
            let ending = format == .archive ? "keras" : "h5"
            let original = folder.appending(path: "original.\(ending)").path
            let path = folder.appending(path: "other.\(ending)").path
            try model.save(original)
            try KerasFile.read(original).write(to: path, format: format, dialect: target == .keras3 ? .keras3 : .keras2)
            let keras = try LiveKeras.of(target).load(path)
            let expected = try model.predict(Self.inputs)
            #expect(zip(try keras.predict(Self.inputs), expected).allSatisfy { gap($0, $1) <= 1e-5 })
        }
    }
}
