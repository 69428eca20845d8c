import Foundation
import KerasFiles
import Networks
import Runtime
import Tensors
import Testing

@Suite struct KerasFileReadTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var io: String
        var version: String?
        var architecture: String?

        var testDescription: String { name + (architecture.map { " of " + $0 } ?? "") }

        init(_ name: String, _ io: String, _ version: String?, of architecture: String? = nil) {
            self.name = name
            self.io = io + ".io.json"
            self.version = version
            self.architecture = architecture
        }
    }

    static let samples = [
        Sample("keras122tf-cnn-adadelta.h5", "keras122tf-cnn-adadelta", "1.2.2"),
        Sample(
            "keras122tf-cnn-adadelta-weights.h5", "keras122tf-cnn-adadelta", "1.2.2", of: "keras122tf-cnn-adadelta.json"
        ),
        Sample("keras206-cnn-adadelta.h5", "keras206-cnn-adadelta", "2.0.6"),
        Sample("keras206-cnn-adadelta-weights.h5", "keras206-cnn-adadelta", "2.0.6", of: "keras206-cnn-adadelta.h5"),
        Sample("keras224-cnn-adadelta.h5", "keras224-cnn-adadelta", "2.2.4"),
        Sample("keras224-cnn-adadelta-weights.h5", "keras224-cnn-adadelta", "2.2.4", of: "keras224-cnn-adam.h5"),
        Sample("keras231-cnn-adadelta.h5", "keras231-cnn-adadelta", "2.3.1"),
        Sample("keras231-cnn-adadelta-weights.h5", "keras231-cnn-adadelta", "2.3.1", of: "keras231-cnn-adam.h5"),
        Sample("tfkeras212-cnn-adam.keras", "tfkeras212-cnn-adam", "2.12.0"),
        Sample("tfkeras213-cnn-adam.keras", "tfkeras213-cnn-adam", "2.13.1"),
        Sample("tfkeras213-cnn-adam.weights.h5", "tfkeras213-cnn-adam", "2.13.1", of: "tfkeras213-cnn-adam.keras"),
        Sample("tf_keras-cnn-adam.h5", "tf_keras-cnn-adam", "2.21.0"),
        Sample("tf_keras-cnn-adam.keras", "tf_keras-cnn-adam", "2.21.0"),
        Sample("tf_keras-cnn-adam.weights.h5", "tf_keras-cnn-adam", "2.21.0", of: "tf_keras-cnn-adam.keras"),
        Sample("tf_keras-cnn-adam-legacyweights.h5", "tf_keras-cnn-adam", "2.21.0", of: "tf_keras-cnn-adam.keras"),
        Sample("keras305-cnn-adam.h5", "keras305-cnn-adam", "3.0.5"),
        Sample("keras305-cnn-adam.keras", "keras305-cnn-adam", "3.0.5"),
        Sample("keras3-cnn-adam.h5", "keras3-cnn-adam", "3.15.1"),
        Sample("keras3-cnn-adam.keras", "keras3-cnn-adam", "3.15.1"),
        Sample("keras3-cnn-adam.weights.h5", "keras3-cnn-adam", "3.15.1", of: "keras3-cnn-adam.keras"),
        Sample("keras3-cnn-adam.weights.h5", "keras3-cnn-adam", "2.21.0", of: "tf_keras-cnn-adam.h5"),
    ]

    @Test(arguments: samples)
    func predictsWhatTheWriterPredicted(_ sample: Sample) throws {
        let file = try KerasFile.read(
            SampleFiles.path(sample.name), architecture: sample.architecture.map(SampleFiles.path))
        #expect(file.ledger.isComplete)
        #expect(file.ledger.count(.matched) == 8)
        #expect(file.origin.kerasVersion == sample.version)
        let (inputs, output) = try SampleFiles.golden(sample.io)
        let found = try #require(try Session(file.model).predict(inputs).first)
        #expect(gap(found, output) <= 1e-5)
    }

    @Test(arguments: [
        ("keras122tf-cnn-adadelta.h5", "Adadelta", 0, 1.0, 2), ("keras206-cnn-adam.h5", "Adam", 2, 0.001, 2),
        ("keras224-cnn-adam.h5", "Adam", 2, 0.001, 2), ("keras231-cnn-adadelta.h5", "Adadelta", 2, 1.0, 2),
        ("tf_keras-cnn-adam.h5", "Adam", 2, 0.001, 2), ("tf_keras-cnn-adam.keras", "Adam", 2, 0.001, 2),
        ("tf_keras-cnn-adadelta.h5", "Adadelta", 2, 1.0, 2), ("tf_keras-cnn-rmsprop.h5", "RMSprop", 2, 0.001, 3),
        ("tf_keras-cnn-sgdm.h5", "SGD", 2, 0.05, 1), ("tf_keras-cnn-legacyadam.h5", "Adam", 2, 0.001, 2),
        ("tf_keras-cnn-legacyadadelta.h5", "Adadelta", 2, 1.0, 2), ("tf_keras-cnn-legacysgdm.h5", "SGD", 2, 0.05, 1),
        ("tfkeras213-cnn-adam.keras", "Adam", 2, 0.001, 2), ("keras305-cnn-adam.keras", "Adam", 2, 0.001, 2),
        ("keras3-cnn-adam.keras", "Adam", 2, 0.001, 2), ("keras3-cnn-adadelta.h5", "Adadelta", 2, 1.0, 2),
        ("keras3-cnn-rmsprop.h5", "RMSprop", 2, 0.001, 3), ("keras3-cnn-sgdm.h5", "SGD", 2, 0.05, 1),
    ])
    func readsTheOptimizersState(
        _ name: String, _ optimizer: String, _ iterations: Int, _ rate: Float, _ slots: Int
    ) throws {
        let file = try KerasFile.read(SampleFiles.path(name))
        let state = try #require(file.optimizer)
        #expect(file.training?.optimizer?.className == optimizer)
        #expect(file.training?.loss == "categorical_crossentropy")
        #expect(file.training?.metrics == ["accuracy"])
        #expect(state.iterations == iterations)
        #expect(state.learningRate == rate)
        let shapes = file.model.trainableWeights.map { file.model[$0].shape }
        #expect(shapes.count == 6)
        #expect(state.slots.map { $0.map(\.shape) } == shapes.map { Array(repeating: $0, count: slots) })
        // Two steps of training leave no second moment at zero.
        #expect(state.slots.allSatisfy { $0.contains { $0.elements.contains { $0 != 0 } } })
    }

    @Test(arguments: [
        ("keras3-dense-float16", [".h5", ".weights.h5"], "float16"),
        ("keras3-dense-bfloat16", [".h5", ".weights.h5", ".keras"], "bfloat16"),
        ("keras3-dense-float64", [".h5", ".weights.h5"], "float64"),
        ("keras3-dense-mixed_float16", [".h5", ".weights.h5", ".keras"], "mixed_float16"),
        ("tf_keras-dense-float16", [".h5", ".weights.h5"], "float16"),
        ("tf_keras-dense-bfloat16", [".h5", ".weights.h5", ".keras"], "bfloat16"),
        ("tf_keras-dense-float64", [".h5", ".weights.h5"], "float64"),
    ])
    func readsTypesOfWeights(_ stem: String, _ endings: [String], _ policy: String) throws {
        let files = try endings.map { ending in
            try KerasFile.read(
                SampleFiles.path(stem + ending),
                architecture: ending == ".weights.h5" ? SampleFiles.path(stem + ".h5") : nil)
        }
        for file in files { try #require(file.model.layers.count > 1) }
        let weights = try #require(files.first).model.layers[1].weights
        #expect(weights.contains { $0.elements.contains { $0 != 0 } })
        for file in files {
            #expect(file.model.layers[1].dtype == policy)
            #expect(file.model.layers[1].weights == weights)
        }
    }

    @Test func saysWhatItLeavesOut() throws {
        let file = try KerasFile.read(SampleFiles.path("keras3-cnn-adam-afterh5.keras"))
        #expect(file.notes == ["the optimizer's state was not read: the file does not name its optimizer"])
        #expect(file.training?.optimizer == nil)
    }

    static let graphs = [
        Sample("keras122tf-graph.h5", "keras122tf-graph", "1.2.2"),
        Sample("keras206-graph.h5", "keras206-graph", "2.0.6"), Sample("keras224-graph.h5", "keras224-graph", "2.2.4"),
        Sample("keras231-graph.h5", "keras231-graph", "2.3.1"),
        Sample("tfkeras213-graph.keras", "tfkeras213-graph", "2.13.1"),
        Sample("tf_keras-graph.h5", "tf_keras-graph", "2.21.0"),
        Sample("tf_keras-graph.keras", "tf_keras-graph", "2.21.0"),
        Sample("tf_keras-graph.weights.h5", "tf_keras-graph", "2.21.0", of: "tf_keras-graph.json"),
        Sample("keras333-graph.keras", "keras333-graph", "3.3.3"),
        Sample("keras333-graph.weights.h5", "keras333-graph", "3.3.3", of: "keras333-graph.keras"),
        Sample("keras3-graph.h5", "keras3-graph", "3.15.1"), Sample("keras3-graph.keras", "keras3-graph", "3.15.1"),
        Sample("keras3-graph.weights.h5", "keras3-graph", nil, of: "keras3-graph.json"),
    ]

    /// Two inputs, a layer called twice, sums, a model inside the model.
    @Test(arguments: graphs)
    func readsGraphs(_ sample: Sample) throws {
        let file = try KerasFile.read(
            SampleFiles.path(sample.name), architecture: sample.architecture.map(SampleFiles.path))
        #expect(file.ledger.isComplete)
        #expect(file.origin.kerasVersion == sample.version)
        let (inputs, output) = try SampleFiles.golden(sample.io)
        #expect(gap(try Session(file.model).predict(inputs)[0], output) <= 1e-5)
    }

    @Test(arguments: graphs.filter { $0.architecture == nil }, KerasFileWriteTests.forms)
    func writesGraphsAsTheyAre(_ sample: Sample, _ form: (format: KerasFile.Format, dialect: Dialect)) throws {
        let folder = try temporaryFolder()
        let file = try KerasFile.read(SampleFiles.path(sample.name))
        let path = folder.appending(path: "copy").path
        let architecture = folder.appending(path: "architecture.json").path
        try file.write(to: path, format: form.format, dialect: form.dialect)
        try Data(try file.architectureJSON(form.dialect).utf8).write(to: URL(fileURLWithPath: architecture))
        let isWhole = form.format == .legacyH5 || form.format == .archive
        let back = try KerasFile.read(path, architecture: isWhole ? nil : architecture)
        #expect(back.ledger.isComplete)
        #expect(back.model.layers.map(\.name) == file.model.layers.map(\.name))
        #expect(back.model.layers.map(\.calls) == file.model.layers.map(\.calls))
        #expect(back.model.layers.map(\.weights) == file.model.layers.map(\.weights))
        #expect(back.model.inputs == file.model.inputs)
        #expect(back.model.outputs == file.model.outputs)
    }

    @Test func readsWeightsInSeveralFiles() throws {
        let architecture = SampleFiles.path("keras3-cnn-adam.keras")
        let file = try KerasFile.read(SampleFiles.path("keras3-cnn-sharded.weights.json"), architecture: architecture)
        #expect(file.ledger.isComplete)
        #expect(file.origin.format == .weightsH5)
        #expect(file.optimizer?.slots.count == 6)
    }

    @Test(arguments: ["..", "../elsewhere.h5", "/etc/passwd", "a\\b.h5", ""])
    func refusesShardsElsewhere(_ name: String) throws {
        let path = try temporaryFolder().appending(path: "x.weights.json")
        let index: OptionValue = ["metadata": [:], "weight_map": ["/layers/dense/vars": [.string(name)]]]
        try Data(JSON.text(index).utf8).write(to: path)
        let error = #expect(throws: KerasError.self) {
            try KerasFile.read(path.path, architecture: SampleFiles.path("keras3-cnn-adam.keras"))
        }
        #expect(error?.description == "\(path.path) — the name \"\(name)\" is not safe to follow")
    }

    @Test func readsAnArchiveThatIsAFolder() throws {
        let folder = try temporaryFolder()
        let archive = try ZipArchive(path: SampleFiles.path("keras3-cnn-adam.keras"))
        for name in ["config.json", "metadata.json", "model.weights.h5"] {
            try Data(try #require(try archive.read(name))).write(to: folder.appending(path: name))
        }
        let file = try KerasFile.read(folder.path)
        #expect(file.ledger.isComplete)
        #expect(file.optimizer?.iterations == 2)
        try FileManager.default.removeItem(at: folder.appending(path: "model.weights.h5"))
        let error = #expect(throws: KerasError.self) { try KerasFile.read(folder.path) }
        #expect(error?.description == "\(folder.path) — the file is damaged: it has no file model.weights.h5")
    }

    /// The same weights under other names and in another order of layers.
    @Test func matchesLayersByName() throws {
        let file = try KerasFile.read(SampleFiles.path("keras3-cnn-adam.keras"))
        var other = try Model.sequential(
            inputShape: [12, 12, 1],
            [
                ("conv2d", Conv2D(filters: 4, kernelSize: [3, 3])), ("flat", Flatten()),
                ("head", Dense(units: 3, activation: .softmax)),
            ], seed: 3)
        let folder = try temporaryFolder()
        let architecture = folder.appending(path: "architecture.json")
        try Data(try KerasFile(other).architectureJSON().utf8).write(to: architecture)
        let weights = folder.appending(path: "legacy.h5").path
        try file.write(to: weights, format: .legacyWeightsH5)
        #expect(throws: KerasError.self) { try KerasFile.read(weights, architecture: architecture.path) }
        var rules = WeightRules()
        rules.byName = true
        let taken = try KerasFile.read(weights, architecture: architecture.path, rules: rules)
        #expect(taken.model.layers[1].weights == file.model.layers[1].weights)
        #expect(taken.ledger.count(.matched) == 2)
        #expect(taken.ledger.count(.missing) == 2)
        #expect(taken.ledger.count(.extra) == 6)
        other.initialize(seed: 0)
        #expect(taken.model.layers[3].weights == other.layers[3].weights)
    }
}
