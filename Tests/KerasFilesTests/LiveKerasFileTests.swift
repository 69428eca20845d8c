import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing
import Training

/// Files cross the border both ways, with a real Keras 3 and a real tf_keras on the other side.
@Suite struct LiveKerasFileTests {
    struct Crossing: Sendable, CustomTestStringConvertible {
        var engine: KerasProcess.Engine
        var format: KerasFile.Format

        var dialect: Dialect { engine == .keras3 ? .keras3 : .keras2 }
        var testDescription: String { "\(format.rawValue), \(engine)" }
        var isWhole: Bool { format == .legacyH5 || format == .archive }
        /// What Keras wants a file of this format to be called.
        var fileName: String {
            switch format {
            case .legacyH5: "model.h5"
            case .legacyWeightsH5: "legacy.h5"
            case .weightsH5: "model.weights.h5"
            case .archive: "model.keras"
            }
        }
    }

    static let crossings = KerasFile.Format.allCases.flatMap { format in
        KerasProcess.Engine.allCases.map { Crossing(engine: $0, format: format) }
    }

    private static func ramp(_ shape: Shape, _ step: Int = 37) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { Float(($0 * step) % 101) / 101 })
    }

    private static let inputs = ramp([8, 12, 12, 1])
    private static let targets = Tensor([8, 10], (0..<80).map { $0 % 10 == ($0 / 10 * 3) % 10 ? 1 : 0 })

    /// A compiled model of every layer that has to do with pictures, after two steps of training.
    private static func made(by keras: KerasProcess, optimizer: String = "Adadelta(learning_rate=1.0)") throws
        -> KerasModel
    {
        try #require(
            try keras.run(
                """
                keras.utils.set_random_seed(7)
                L = keras.layers
                model = keras.Sequential([
                    L.Input((12, 12, 1)), L.ZeroPadding2D(1),
                    L.Conv2D(4, 3, strides=2, activation="relu", kernel_regularizer="l2"), L.BatchNormalization(),
                    L.Conv2D(6, 3, padding="same", dilation_rate=2, use_bias=False), L.ReLU(max_value=6.0), L.LeakyReLU(),
                    L.MaxPooling2D(2, padding="same"), L.Dropout(0.25), L.Reshape((9, 6)), L.Flatten(),
                    L.Dense(16), L.Activation("tanh"), L.Dense(10), L.Softmax()], name="net")
                model.compile(keras.optimizers.\(optimizer), "categorical_crossentropy", metrics=["accuracy"])
                for _ in range(2): model.train_on_batch(inputs[0], inputs[1])
                made = [model]
                """, inputs: [inputs, targets]
            ).made.first)
    }

    /// Every weight, bit for bit.
    private func expectEqualWeights(_ keras: KerasModel, _ ours: Model) throws {
        let theirs = try keras.weights()
        let weighted = ours.layers.filter { !$0.weights.isEmpty }
        #expect(theirs.map(\.layer) == weighted.map { $0.name.split(separator: "/").last.map(String.init) })
        #expect(theirs.map { $0.values } == weighted.map(\.weights))
    }

    @Test(arguments: crossings)
    func readsWhatKerasWrites(_ crossing: Crossing) throws {
        // Keras 3 reads legacy weights but never writes them.
        guard crossing.format != .legacyWeightsH5 || crossing.engine == .tfKeras else { return }
        let keras = try Self.made(by: LiveKeras.of(crossing.engine))
        let folder = try temporaryFolder()
        let path = folder.appending(path: crossing.fileName).path
        try keras.save(path, weightsOnly: !crossing.isWhole)
        let architecture = folder.appending(path: "architecture.json")
        try Data(try keras.json().utf8).write(to: architecture)
        let file = try KerasFile.read(path, architecture: crossing.isWhole ? nil : architecture.path)
        #expect(file.ledger.isComplete)
        try expectEqualWeights(keras, file.model)
        let expected = try keras.predict([Self.inputs])
        #expect(gap(try Session(file.model).predict([Self.inputs])[0], expected[0]) <= 1e-5)
        guard crossing.isWhole else { return }
        #expect(file.origin.dialect == crossing.dialect)
        try expectEqualOptimizer(keras, file, crossing.dialect)
    }

    private func expectEqualOptimizer(_ keras: KerasModel, _ file: KerasFile, _ dialect: Dialect) throws {
        let state = try #require(file.optimizer)
        let stored = try #require(file.training?.optimizer)
        let optimizer = try OptimizerRegistry.standard.optimizer(className: stored.className, options: stored.options)
        let weights = file.model.trainableWeights.map { file.model[$0] }
        let theirs = try keras.optimizer().variables.map(\.value)
        let ours = optimizer.variables(of: state, for: weights)
        // tf_keras counts its variables without the learning rate, or last.
        let comparable = dialect == .keras3 ? ours : ours.filter { $0.role != .learningRate }
        for (variable, value) in zip(comparable, theirs) {
            switch variable.value {
            case .integer(let number): #expect(value.elements == [Float(number)])
            case .tensor(let tensor): #expect(tensor == value, "\(variable.role)")
            }
        }
        #expect(theirs.count >= comparable.count)
    }

    @Test(arguments: crossings)
    func kerasReadsWhatIsWritten(_ crossing: Crossing) throws {
        let process = try LiveKeras.of(crossing.engine)
        let folder = try temporaryFolder()
        let original = folder.appending(path: "original.keras").path
        try Self.made(by: process).save(original)
        let file = try KerasFile.read(original)
        let path = folder.appending(path: crossing.fileName).path
        let architecture = folder.appending(path: "architecture.json")
        try file.write(to: path, format: crossing.format, dialect: crossing.dialect)
        try Data(try file.architectureJSON(crossing.dialect).utf8).write(to: architecture)
        let keras = try process.load(path, architecture: crossing.isWhole ? nil : architecture.path)
        try expectEqualWeights(keras, file.model)
        let expected = try Session(file.model).predict([Self.inputs])
        #expect(gap(try keras.predict([Self.inputs])[0], expected[0]) <= 1e-5)
        guard crossing.isWhole else { return }
        if crossing.format == .archive || crossing.engine == .tfKeras {
            try expectEqualOptimizer(keras, file, crossing.dialect)
        }
        let losses = try keras.train([Self.inputs], targets: [Self.targets], batchSize: 4)
        #expect(losses.count == 2 && losses.allSatisfy(\.isFinite))
        let again = folder.appending(path: "again.keras").path
        try keras.save(again)
        #expect(try KerasFile.read(again).model.layers.map(\.layer.options) == file.model.layers.map(\.layer.options))
    }

    @Test(arguments: [
        "SGD(0.05, momentum=0.9, nesterov=True)", "RMSprop(0.01, momentum=0.5, centered=True)",
        "Adam(0.01, amsgrad=True)",
    ])
    func carriesTheOptimizerAcross(_ optimizer: String) throws {
        for engine in KerasProcess.Engine.allCases {
            let process = try LiveKeras.of(engine)
            let folder = try temporaryFolder()
            let original = folder.appending(path: "original.keras").path
            let model = try Self.made(by: process, optimizer: optimizer)
            try model.save(original)
            let file = try KerasFile.read(original)
            let path = folder.appending(path: "copy.keras").path
            try file.write(to: path, format: .archive, dialect: engine == .keras3 ? .keras3 : .keras2)
            // Both go on from the same state, so they go the same way.
            let copy = try process.load(path)
            let first = try model.train([Self.inputs], targets: [Self.targets], batchSize: 4)
            let second = try copy.train([Self.inputs], targets: [Self.targets], batchSize: 4)
            #expect(first == second)
        }
    }

    /// A file of one Keras becomes one that the other opens, without Python in between.
    @Test(arguments: KerasProcess.Engine.allCases)
    func translatesBetweenTheVersions(_ source: KerasProcess.Engine) throws {
        let target: KerasProcess.Engine = source == .keras3 ? .tfKeras : .keras3
        let folder = try temporaryFolder()
        let model = try Self.made(by: LiveKeras.of(source))
        for format in [KerasFile.Format.archive, .legacyH5] {
            let original = folder.appending(path: format == .archive ? "original.keras" : "original.h5").path
            let path = folder.appending(path: format == .archive ? "other.keras" : "other.h5").path
            try model.save(original)
            let file = try KerasFile.read(original)
            try file.write(to: path, format: format, dialect: target == .keras3 ? .keras3 : .keras2)
            let keras = try LiveKeras.of(target).load(path)
            try expectEqualWeights(keras, file.model)
            #expect(gap(try keras.predict([Self.inputs])[0], try model.predict([Self.inputs])[0]) <= 1e-5)
        }
    }
}

/// Keras passes over the group in which a run's state stands.
extension LiveKerasFileTests {
    @Test(arguments: crossings)
    func kerasPassesOverOurGroup(_ crossing: Crossing) throws {
        let process = try LiveKeras.of(crossing.engine)
        let folder = try temporaryFolder()
        var file = try KerasFileWriteTests.small()
        file.trainingState = TrainingState(seed: 7, optimizer: try #require(file.optimizer))
        let path = folder.appending(path: crossing.fileName).path
        let architecture = folder.appending(path: "architecture.json")
        try file.write(to: path, format: crossing.format, dialect: crossing.dialect)
        try Data(try file.architectureJSON(crossing.dialect).utf8).write(to: architecture)
        let keras = try process.load(path, architecture: crossing.isWhole ? nil : architecture.path)
        let weights = try keras.weights().map { $0.values }
        #expect(weights == file.model.layers.map(\.weights).filter { !$0.isEmpty })
    }
}
