import Foundation
import KerasFiles
import Network
import Runtime
import Tensors
import Testing

@Suite(.enabled(if: SampleFiles.exist, "the sample files are not beside the package"))
struct KerasFileReadTests {
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
        let found = try Session(file.model).predict(inputs)
        #expect(gap(found[0], output) <= 1e-5)
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
        let weights = files[0].model.layers[1].weights
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
}
