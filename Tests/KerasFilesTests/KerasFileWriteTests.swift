import Foundation
import KerasFiles
import Networks
import Tensors
import Testing
import Training

@Suite struct KerasFileWriteTests {
    struct NoDataset: Error {}

    /// The layers of the classic net and a normalization, small, compiled with this optimizer and trained a little.
    static func small(_ optimizer: String = "Adam", _ options: Options = Options()) throws -> KerasFile {
        let layers: [(name: String, layer: any Layer)] = [
            ("conv", Conv2D(filters: 4, kernelSize: [3, 3], activation: .relu)), ("norm", BatchNormalization()),
            ("pool", MaxPooling2D()), ("drop", Dropout(rate: 0.25)), ("flat", Flatten()),
            ("out", Dense(units: 10, activation: .softmax)),
        ]
        let model = try Model.sequential(name: "small", inputShape: [12, 12, 1], layers, seed: 7)
        var file = KerasFile(model)
        file.training = TrainingConfig(
            optimizer: TrainingConfig.Object(optimizer, options), loss: "categorical_crossentropy",
            metrics: ["accuracy"])
        let weights = model.trainableWeights.map { model[$0] }
        let known = try OptimizerRegistry.standard.optimizer(className: optimizer, options: options)
        var state = known.initialState(for: weights)
        state.iterations = 12
        for weight in state.slots.indices {
            for slot in state.slots[weight].indices {
                state.slots[weight][slot][0] = Float(weight) + Float(slot) / 10 + 0.5
            }
        }
        file.optimizer = state
        return file
    }

    static let forms = KerasFile.Format.allCases.flatMap { format in Dialect.allCases.map { (format, $0) } }

    @Test(arguments: forms)
    func readsBackWhatItWrites(_ format: KerasFile.Format, _ dialect: Dialect) throws {
        let folder = try temporaryFolder()
        let file = try Self.small()
        let path = folder.appending(path: "model").path
        let architecture = folder.appending(path: "architecture.json").path
        try file.write(to: path, format: format, dialect: dialect)
        try Data(file.architectureJSON(dialect).utf8).write(to: URL(fileURLWithPath: architecture))
        let isWhole = format == .legacyH5 || format == .archive
        let back = try KerasFile.read(path, architecture: isWhole ? nil : architecture)
        #expect(back.origin.format == format)
        #expect(back.ledger.isComplete)
        #expect(back.model.name == "small")
        #expect(back.model.layers.map(\.name) == file.model.layers.map(\.name))
        #expect(back.model.layers.map(\.layer.options) == file.model.layers.map(\.layer.options))
        #expect(back.model.layers.map(\.weights) == file.model.layers.map(\.weights))
        if isWhole {
            #expect(back.training?.optimizer?.className == "Adam")
            #expect(back.training?.loss == "categorical_crossentropy")
            #expect(back.training?.metrics == ["accuracy"])
            #expect(back.origin.dialect == dialect)
        }
        switch (format, dialect) {
        case (.archive, _), (.legacyH5, .keras2): #expect(back.optimizer == file.optimizer)
        default: #expect(back.optimizer == nil)
        }
    }

    @Test(arguments: forms)
    func sameContentGivesSameBytes(_ format: KerasFile.Format, _ dialect: Dialect) throws {
        let file = try Self.small()
        let bytes = try file.bytes(format: format, dialect: dialect)
        #expect(try file.bytes(format: format, dialect: dialect) == bytes)
        let path = try temporaryFolder().appending(path: "model")
        try file.write(to: path.path, format: format, dialect: dialect)
        if format == .archive { #expect([UInt8](try Data(contentsOf: path)) == bytes) }
    }

    @Test(
        arguments: [
            ("SGD", [:]), ("SGD", ["momentum": 0.9, "nesterov": true]), ("Adadelta", ["learning_rate": 1.0]),
            ("RMSprop", ["momentum": 0.5, "centered": true]), ("Adam", ["amsgrad": true]),
            ("Adam", ["use_ema": true]), ("AdamW", [:]), ("Adagrad", [:]), ("Adamax", [:]), ("Nadam", [:]),
            ("Lion", [:]), ("Ftrl", [:]),
        ] as [(String, Options)], Dialect.allCases)
    func keepsEveryOptimizersState(_ optimizer: (name: String, options: Options), _ dialect: Dialect) throws {
        let path = try temporaryFolder().appending(path: "model.keras").path
        var file = try Self.small(optimizer.name, optimizer.options)
        try file.write(to: path, format: .archive, dialect: dialect)
        // tf_keras does not keep Nadam's product of momenta; the steps tell it.
        if dialect == .keras2, optimizer.name == "Nadam" {
            file.optimizer?.shared = [(1...12).reduce(1) { $0 * 0.9 * (1 - 0.5 * pow(0.96, Float($1))) }]
        }
        #expect(try KerasFile.read(path).optimizer == file.optimizer)
    }

    @Test func keepsTheLearningRateThatTrainingReached() throws {
        let path = try temporaryFolder().appending(path: "model.h5").path
        var file = try Self.small()
        file.optimizer?.learningRate = 0.000125
        try file.write(to: path, format: .legacyH5, dialect: .keras2)
        let back = try KerasFile.read(path)
        #expect(back.optimizer?.learningRate == 0.000125)
        #expect(back.training?.optimizer?.options["learning_rate"]?.double.map { Float($0) } == 0.000125)
    }

    @Test(arguments: forms)
    func keepsWhereTrainingStands(_ format: KerasFile.Format, _ dialect: Dialect) throws {
        let folder = try temporaryFolder()
        let path = folder.appending(path: "model").path
        var file = try Self.small("Nadam", ["use_ema": true])
        let optimizer = try #require(file.optimizer)
        var state = TrainingState(seed: .max, optimizer: optimizer)
        state.epoch = 3
        state.batch = 17
        state.sums = [[0.1, 2.5], [1e-9]]
        file.trainingState = state
        try file.write(to: path, format: format, dialect: dialect)
        let architecture = folder.appending(path: "whole.keras").path
        try file.write(to: architecture, format: .archive, includingOptimizer: false)
        let isWhole = format == .legacyH5 || format == .archive
        #expect(try KerasFile.read(path, architecture: isWhole ? nil : architecture).trainingState == state)
    }

    @Test func saysWhatAFormatCannotHold() throws {
        let path = try temporaryFolder().appending(path: "model.h5").path
        let file = try Self.small()
        let first = try file.write(to: path, format: .legacyH5, dialect: .keras3)
        #expect(
            first == [
                "the optimizer's state was left out: Keras 3 cannot restore it from a legacy .h5; a .keras archive carries it"
            ])
        let second = try file.write(to: path, format: .legacyWeightsH5, dialect: .keras2, overwriting: true)
        #expect(second == ["the optimizer's state was left out: a legacy weights file has no place for it"])
        #expect(try file.write(to: path, format: .legacyH5, dialect: .keras2, overwriting: true) == [])
    }

    @Test func saysWhatKeras2HasNoWordsFor() throws {
        let path = try temporaryFolder().appending(path: "model.keras").path
        let file = try Self.small("Adam", ["gradient_accumulation_steps": 2])
        #expect(
            try file.write(to: path, format: .archive, dialect: .keras2)
                == ["the optimizer's option gradient_accumulation_steps (2) was left out: Keras 2 has none"])
    }

    @Test func replacesNothingUnasked() throws {
        let path = try temporaryFolder().appending(path: "model.keras").path
        let file = try Self.small()
        try file.write(to: path, format: .archive)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = #expect(throws: KerasError.self) { try file.write(to: path, format: .archive, date: "2026-11-22") }
        #expect(error?.description == "\(path) — the file exists and is kept; ask for overwriting to replace it")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        try file.write(to: path, format: .archive, overwriting: true, date: "2026-11-22")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) != before)
    }

    @Test func leavesNothingWhereItCannotWrite() throws {
        let path = try temporaryFolder().appending(path: "absent/model.keras").path
        let error = #expect(throws: KerasError.self) { try Self.small().write(to: path, format: .archive) }
        #expect(error?.description.hasPrefix("\(path) — the file cannot be written: ") == true)
        #expect(error?.description.hasSuffix("No such file or directory") == true)
    }

    @Test func refusesWhatADialectHasNoWordsFor() throws {
        let model = try Model.sequential(
            inputShape: [3], [("a", Dense(units: 2, activation: .hardSigmoid))])
        let path = try temporaryFolder().appending(path: "model.keras").path
        let error = #expect(throws: KerasError.self) {
            try KerasFile(model).write(to: path, format: .archive, dialect: .keras2)
        }
        #expect(
            error?.description == """
                \(path) — layer "a": activation "hard_sigmoid" of Keras 3 is another function in Keras 2; write the Keras 3 \
                dialect
                """)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(
        arguments: [
            ("keras3-dense-float64.h5", "float64"), ("keras3-dense-float16.h5", "float16"),
            ("keras3-dense-bfloat16.keras", "opaque(2)"), ("keras3-dense-mixed_float16.keras", "float32"),
        ])
    func keepsTheTypeOfStoredValues(_ name: String, _ type: String) throws {
        let path = try temporaryFolder().appending(path: "x.keras").path
        let file = try KerasFile.read(SampleFiles.path(name))
        try file.write(to: path, format: .archive)
        let kernel = try Inspection(path).objects.first { $0.path == "model.weights.h5:/layers/dense/vars/0" }
        guard case .dataset(let dataset) = kernel?.kind else { throw KerasFileWriteTests.NoDataset() }
        #expect(dataset.datatype == type)
        #expect(try KerasFile.read(path).model.layers[1].weights == file.model.layers[1].weights)
    }
}
