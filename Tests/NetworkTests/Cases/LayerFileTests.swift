import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing

/// One model that holds every layer: it crosses the border in every format, both ways.
///
/// Each layer has inputs and outputs of its own, so one file tells of all of them.
@Suite struct LayerFileTests {
    struct Crossing: Sendable, CustomTestStringConvertible {
        var engine: KerasProcess.Engine
        var format: KerasFile.Format

        var dialect: Dialect { engine == .keras3 ? .keras3 : .keras2 }
        var isWhole: Bool { format == .archive || format == .legacyH5 }
        var testDescription: String { "\(format.rawValue), \(engine)" }
        var fileName: String {
            switch format {
            case .archive: "layers.keras"
            case .legacyH5: "layers.h5"
            case .legacyWeightsH5: "legacy.h5"
            case .weightsH5: "layers.weights.h5"
            }
        }
    }

    static let crossings = [KerasFile.Format.archive, .legacyH5, .weightsH5].flatMap { format in
        KerasProcess.Engine.allCases.map { Crossing(engine: $0, format: format) }
    }

    /// Classes that a Keras cannot read back from its own files, or not run for any number of samples.
    private static func isLostInKeras(_ className: String, _ crossing: Crossing) -> Bool {
        if className.hasPrefix("Adaptive"), className.hasSuffix("3D") { return true }
        // Keras says of its output that it is its input, and finds a cycle.
        if className == "Equalization" { return true }
        // There its words "dot" and "concat" are taken for functions.
        if className == "Attention" { return crossing.format == .legacyH5 || crossing.engine == .tfKeras }
        // There several axes become a tuple, which is taken for one.
        if ["RMSNormalization", "UnitNormalization"].contains(className) { return crossing.format == .legacyH5 }
        return className == "SpectralNormalization" && crossing.engine == .tfKeras
    }

    /// The cases that a dialect has words for: two of each class, with all outputs that Keras gives.
    private static func cases(_ crossing: Crossing) -> [LayerCase] {
        let dialect = crossing.dialect
        var used: [String: Int] = [:]
        return LayerCase.all.filter { layerCase in
            let name = type(of: layerCase.layer).kerasName
            // Where a class is none of its layers, Keras opens files only if it is told of it.
            guard layerCase.isInKeras, layerCase.kerasCall == nil, layerCase.kerasModule == nil,
                !isLostInKeras(name, crossing),
                !layerCase.layer.readsMask, layerCase.engine == .keras3 || crossing.engine == .tfKeras,
                layerCase.layer.options["data_format"] != "channels_first", used[name, default: 0] < 2,
                let model = try? model([layerCase]), (try? KerasFile(model).architectureJSON(dialect)) != nil
            else { return false }
            used[name, default: 0] += 1
            return true
        }
    }

    /// Every case's layer beside the others, with lively weights.
    private static func model(_ cases: [LayerCase]) throws -> Model {
        var model = Model(name: "layers", form: .functional, layers: [], inputs: [], outputs: [])
        for (number, layerCase) in cases.enumerated() {
            let first = model.layers.count
            for (position, shape) in layerCase.inputs.enumerated() {
                model.inputs.append(model.layers.count)
                let input = InputLayer(batchShape: shape.withBatch(Shape.unknown))
                model.layers.append(ModelLayer(name: "input_\(number)_\(position)", layer: input))
            }
            let outputs = try layerCase.layer.outputShapes(for: layerCase.inputs)
            let visible = outputs.count - (layerCase.layer.maskUse == .makes ? 1 : 0)
            model.outputs += (0..<visible).map { Source(layer: model.layers.count, output: $0) }
            model.layers.append(
                ModelLayer(
                    name: "layer_\(number)", layer: layerCase.layer,
                    calls: [layerCase.inputs.indices.map { Source(layer: first + $0) }]))
        }
        try model.build()
        model.initialize(seed: 3)
        for index in model.layers.indices {
            model.layers[index].weights = model.layers[index].specs.enumerated().map { position, spec in
                let random = Random(seed: 5).stream(UInt64(index)).stream(UInt64(position))
                return LayerCheck.uniform(spec.shape, random, from: 0.25, to: 1)
            }
        }
        return model
    }

    private static func inputs(of cases: [LayerCase], batch: Int = 2) -> [Tensor] {
        cases.flatMap { one in one.inputs.map { (one, $0) } }.enumerated().map { position, input in
            let (one, shape) = input
            let high = one.takesIndices ? one.range.upperBound : 1
            return one.input(
                shape.withBatch(batch), Random(seed: 9).stream(UInt64(position)),
                max(one.range.lowerBound, -1)...high)
        }
    }

    @Test(arguments: crossings)
    func crossesBothWays(_ crossing: Crossing) throws {
        let cases = Self.cases(crossing)
        let model = try Self.model(cases)
        let inputs = Self.inputs(of: cases)
        let expected = try Session(model).predict(inputs)

        let folder = FileManager.default.temporaryDirectory.appending(path: "layers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left over is the system's to clean
        let path = folder.appending(path: crossing.fileName).path
        let file = KerasFile(model)
        try file.write(to: path, format: crossing.format, dialect: crossing.dialect)
        let architecture = crossing.isWhole ? nil : try file.architectureJSON(crossing.dialect)
        let keras: KerasModel
        do {
            keras = try LiveKeras.of(crossing.engine).load(path, architecture: architecture)
        } catch {
            // Which of them it is, Keras does not say.
            for layerCase in cases {
                let alone = KerasFile(try Self.model([layerCase]))
                try alone.write(to: path, format: crossing.format, dialect: crossing.dialect, overwriting: true)
                let architecture = crossing.isWhole ? nil : try alone.architectureJSON(crossing.dialect)
                #expect(throws: Never.self, "\(layerCase)") {
                    _ = try LiveKeras.of(crossing.engine).load(path, architecture: architecture)
                }
            }
            throw error
        }
        expectEqual(try keras.predict(inputs), expected, model, "what Keras reads")

        let again = folder.appending(path: "again-" + crossing.fileName).path
        let saved = Result { try keras.save(again, weightsOnly: !crossing.isWhole) }
        if case .failure(let error) = saved {
            // Some layers that Keras 3 reads from such a file it cannot write into one.
            guard crossing.format == .legacyH5, "\(error)".contains("cannot pickle") else { throw error }
            return
        }
        var json: String?
        if !crossing.isWhole {
            json = folder.appending(path: "architecture.json").path
            try keras.json().write(
                toFile: folder.appending(path: "architecture.json").path, atomically: true, encoding: .utf8)
        }
        let back = try KerasFile.read(again, architecture: json)
        #expect(back.ledger.isComplete)
        // Keras may put the layers into another order, never under other names.
        for ours in model.layers {
            let index = try #require(back.model.index(of: ours.name))
            let isEqual = ours.weights == back.model.layers[index].weights
            #expect(isEqual, "weights of \(ours.name), \(type(of: ours.layer).kerasName)")
        }
        expectEqual(try Session(back.model).predict(inputs), expected, model, "what Keras writes")
    }

    private func expectEqual(_ found: [Tensor], _ expected: [Tensor], _ model: Model, _ what: String) {
        #expect(found.count == expected.count)
        for ((ours, theirs), source) in zip(zip(found, expected), model.outputs) {
            let entry = model.layers[source.layer]
            let differs =
                ours.shape != theirs.shape
                || zip(ours.elements, theirs.elements).contains { !(abs($0 - $1) <= 1e-5 * max(1, abs($1))) }
            #expect(!differs, "\(what): \(entry.name), \(type(of: entry.layer).kerasName) \(entry.layer.options)")
        }
    }

    /// Masks reach what reads them through layers that carry them, and files never show it.
    @Test(arguments: KerasProcess.Engine.allCases)
    func masksReachTheirReaders(_ engine: KerasProcess.Engine) throws {
        let process = try LiveKeras.of(engine)
        let words = Tensor([3, 6], [1, 2, 0, 3, 0, 4, 0, 0, 1, 1, 2, 3, 4, 3, 2, 1, 0, 0].map(Float.init))
        var steps = LayerCheck.uniform([3, 5, 3], Random(seed: 1), from: -1, to: 1)
        for i in [0, 1, 2, 6, 7, 8, 15, 16, 17, 18, 19, 20, 42, 43, 44] { steps[i] = 0 }
        let models: [(layers: String, input: Tensor)] = [
            (
                """
                L.Input((6,)), L.Embedding(5, 4, mask_zero=True), L.Dropout(0.5), L.Dense(3, activation="tanh"),
                L.LSTM(3, return_sequences=True), L.Bidirectional(L.GRU(2, return_sequences=True)),
                L.GlobalAveragePooling1D()
                """, words
            ),
            (
                """
                L.Input((5, 3)), L.Masking(0.0), L.TimeDistributed(L.Dense(4)),
                L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(2)]), return_sequences=True, go_backwards=True),
                L.SimpleRNN(3)
                """, steps
            ),
        ]
        let folder = FileManager.default.temporaryDirectory.appending(path: "masks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left over is the system's to clean
        for (layers, input) in models {
            let keras = try #require(
                try process.run(
                    """
                    keras.utils.set_random_seed(3)
                    L = keras.layers
                    made = [keras.Sequential([\(layers)])]
                    """, inputs: []
                ).made.first)
            let expected = try keras.predict([input])[0]
            for name in ["masks.keras", "masks.h5"] {
                let path = folder.appending(path: name).path
                try keras.save(path)
                let file = try KerasFile.read(path)
                let ours = try Session(file.model).predict([input])[0]
                #expect(zip(ours.elements, expected.elements).allSatisfy { abs($0 - $1) <= 1e-5 }, "\(name)")
                let again = folder.appending(path: "again-" + name).path
                try file.write(
                    to: again, format: name.hasSuffix("h5") ? .legacyH5 : .archive,
                    dialect: engine == .keras3 ? .keras3 : .keras2, overwriting: true)
                #expect(try process.load(again).predict([input])[0] == expected, "\(name) again")
            }
        }
    }
}
