import Foundation
import Parity
import Tensors
import TestSupport
import Testing

private func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keras-process-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}

/// A chain of a convolution, a normalization, dropout and a dense layer, made by Keras with known weights.
private func small(_ keras: KerasProcess) throws -> KerasModel {
    let made = try keras.run(
        """
        keras.utils.set_random_seed(7)
        L = keras.layers
        model = keras.Sequential([
            L.Input((6, 6, 1)), L.Conv2D(2, 3, activation="relu", name="conv"), L.BatchNormalization(name="norm"),
            L.Dropout(0.5, name="drop"), L.Flatten(name="flat"), L.Dense(3, activation="softmax", name="dense")],
            name="small")
        made = [model]
        """
    ).made
    return try #require(made.first)
}

private func ramp(_ shape: Shape) -> Tensor {
    Tensor(shape, (0..<shape.elementCount).map { Float(($0 * 37) % 101) / 101 })
}

private func gap(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape else { return .infinity }
    return zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
}

private let targets = Tensor([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])

@Suite struct KerasProcessTests {
    static let engines = KerasProcess.Engine.allCases

    @Test(arguments: [(KerasProcess.Engine.keras3, "3.15.1"), (.tfKeras, "2.21.0")])
    func tellsItsVersions(_ engine: KerasProcess.Engine, _ version: String) throws {
        let versions = try LiveKeras.of(engine).versions
        #expect(versions.engine == engine)
        #expect(versions.keras == version)
        #expect(versions.tensorflow == "2.21.0")
    }

    @Test(arguments: engines)
    func namesLayersAndShapes(_ engine: KerasProcess.Engine) throws {
        let model = try small(LiveKeras.of(engine))
        #expect(model.name == "small")
        #expect(model.layers.suffix(5).map(\.name) == ["conv", "norm", "drop", "flat", "dense"])
        #expect(model.layers.last?.className == "Dense")
        #expect(model.inputShapes == [[Shape.unknown, 6, 6, 1]])
        #expect(model.outputShapes == [[Shape.unknown, 3]])
    }

    @Test(arguments: engines)
    func predictsWhatItsLastLayerGives(_ engine: KerasProcess.Engine) throws {
        let model = try small(LiveKeras.of(engine))
        let x = ramp([5, 6, 6, 1])
        let y = try #require(try model.predict([x], batchSize: 2).first)
        let activations = try model.activations([x])
        #expect(activations.suffix(5).map(\.layer) == ["conv", "norm", "drop", "flat", "dense"])
        #expect(activations.first { $0.layer == "conv" }?.value.shape == [5, 4, 4, 2])
        #expect(gap(try #require(activations.last).value, y) < 1e-6)
        #expect(abs(y.elements.reduce(0, +) - 5) < 1e-5)
        #expect(try model.activations([x], of: ["norm"]).map(\.layer) == ["norm"])
    }

    @Test(arguments: engines)
    func setsTheWeightsItIsGiven(_ engine: KerasProcess.Engine) throws {
        let model = try small(LiveKeras.of(engine))
        let before = try model.weights()
        try #require(before.map(\.layer) == ["conv", "norm", "dense"])
        #expect(before.map(\.values.count) == [2, 4, 2])
        #expect(before[1].isTrainable == [true, true, false, false])
        let kernel = ramp([32, 3])
        let bias = Tensor([3], [1, 2, 3])
        try model.setWeights([("dense", [kernel, bias])])
        #expect(try model.weights().last?.values == [kernel, bias])
    }

    @Test(arguments: engines)
    func buildsAModelFromItsDescription(_ engine: KerasProcess.Engine) throws {
        let keras = try LiveKeras.of(engine)
        let model = try small(keras)
        let copy = try keras.build(model.json(), weights: model.weights().map { ($0.layer, $0.values) })
        let x = ramp([3, 6, 6, 1])
        #expect(try copy.predict([x]) == model.predict([x]))
    }

    @Test(arguments: engines)
    func gradientsAgreeWithFiniteDifferences(_ engine: KerasProcess.Engine) throws {
        let model = try small(LiveKeras.of(engine))
        let x = ramp([4, 6, 6, 1])
        let before = try model.weights().map(\.values)
        let (_, gradients) = try model.gradients([x], targets: [targets], losses: ["categorical_crossentropy"])
        #expect(
            gradients.map { "\($0.layer)/\($0.weight)" } == [
                "conv/0", "conv/1", "norm/0", "norm/1", "dense/0", "dense/1",
            ])
        #expect(try model.weights().map(\.values) == before)

        func loss(biasShift: Float) throws -> Float {
            let dense = try #require(before.last)
            try #require(dense.map(\.shape) == [[32, 3], [3]])
            var bias = dense[1]
            bias[1] += biasShift
            try model.setWeights([("dense", [dense[0], bias])])
            return try model.gradients([x], targets: [targets], losses: ["categorical_crossentropy"]).loss
        }
        let slope = try (loss(biasShift: 1e-2) - loss(biasShift: -1e-2)) / 2e-2
        let last = try #require(gradients.last).value
        try #require(last.shape == [3])
        #expect(abs(slope - last[1]) < 1e-3)
    }

    @Test(arguments: engines)
    func trainsOneStepAlongTheGradient(_ engine: KerasProcess.Engine) throws {
        let model = try small(LiveKeras.of(engine))
        let x = ramp([4, 6, 6, 1])
        let before = try model.weights()
        let (loss, gradients) = try model.gradients([x], targets: [targets], losses: ["categorical_crossentropy"])
        let losses = try model.train(
            [x], targets: [targets], batchSize: 4, optimizer: OptimizerSpec("SGD", ["learning_rate": 0.5]),
            losses: ["categorical_crossentropy"])
        #expect(losses.count == 1)
        #expect(abs(try #require(losses.first) - loss) < 1e-5)
        let old = try #require(before.last?.values.first)
        let new = try #require(try model.weights().last?.values.first)
        let gradient = try #require(gradients.dropLast().last).value
        try #require(old.shape == [32, 3] && gradient.shape == [32, 3])
        #expect(gap(new, Tensor([32, 3], zip(old.elements, gradient.elements).map { $0 - 0.5 * $1 })) < 1e-6)
    }

    @Test(arguments: engines)
    func goesOnWithTheOptimizerItHas(_ engine: KerasProcess.Engine) throws {
        let keras = try LiveKeras.of(engine)
        let adam = OptimizerSpec("Adam", ["learning_rate": 0.01, "amsgrad": true])
        let x = ramp([4, 6, 6, 1])
        let once = try small(keras)
        let twice = try keras.build(once.json(), weights: once.weights().map { ($0.layer, $0.values) })
        let all = try once.train(
            [Tensor([8, 6, 6, 1], x.elements + x.elements)],
            targets: [Tensor([8, 3], targets.elements + targets.elements)], batchSize: 2, optimizer: adam,
            losses: ["categorical_crossentropy"])
        let first = try twice.train(
            [x], targets: [targets], batchSize: 2, optimizer: adam, losses: ["categorical_crossentropy"])
        let second = try twice.train([x], targets: [targets], batchSize: 2)
        #expect(all.count == 4)
        #expect(zip(all, first + second).allSatisfy { abs($0 - $1) < 1e-6 })
        for (a, b) in zip(try once.weights(), try twice.weights()) {
            for (v, w) in zip(a.values, b.values) { #expect(gap(v, w) < 1e-6) }
        }
        let (json, variables) = try twice.optimizer()
        #expect(json.contains("\"Adam\""))
        #expect(variables.first?.value == Tensor([], [4]))
        #expect(variables.count == (engine == .keras3 ? 2 : 1) + 3 * 6)
    }

    @Test(arguments: engines)
    func evaluatesWithLossAndAccuracy(_ engine: KerasProcess.Engine) throws {
        let model = try small(LiveKeras.of(engine))
        let x = ramp([4, 6, 6, 1])
        let y = try #require(try model.predict([x]).first)
        try #require(y.shape == [4, 3])
        let expected = (0..<4).map { row in -log((0..<3).map { y[row * 3 + $0] * targets[row * 3 + $0] }.reduce(0, +)) }
        let metrics = try model.evaluate(
            [x], targets: [targets], losses: ["categorical_crossentropy"], metrics: ["accuracy"])
        #expect(abs(Float(try #require(metrics["loss"])) - expected.reduce(0, +) / 4) < 1e-5)
        #expect(metrics["accuracy"] != nil)
        let sparse = try model.evaluate(
            [x], targets: [Tensor([4], [0, 1, 2, 0])], losses: ["sparse_categorical_crossentropy"])
        #expect(abs(try #require(sparse["loss"]) - (try #require(metrics["loss"]))) < 1e-5)
    }

    static let files: [(KerasProcess.Engine, String, weightsOnly: Bool)] = [
        (.keras3, "m.keras", false), (.keras3, "m.h5", false), (.keras3, "m.weights.h5", true),
        (.tfKeras, "m.keras", false), (.tfKeras, "m.h5", false), (.tfKeras, "m.weights.h5", true),
        (.tfKeras, "legacy.h5", true),
    ]

    @Test(arguments: files)
    func loadsWhatItSaved(_ engine: KerasProcess.Engine, _ name: String, weightsOnly: Bool) throws {
        let keras = try LiveKeras.of(engine)
        // tf_keras' own .keras files hold no more than simple layers.
        let model =
            name == "m.keras" && engine == .tfKeras
            ? try #require(
                try keras.run("made = [keras.Sequential([keras.layers.Dense(3, input_shape=(6, 6, 1))])]").made.first)
            : try small(keras)
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: name).path
        try model.save(path, weightsOnly: weightsOnly)
        let copy = try keras.load(path, architecture: weightsOnly ? model.json() : nil)
        let x = ramp([2, 6, 6, 1])
        #expect(try copy.predict([x]) == model.predict([x]))
    }

    @Test func numbersTheCallsOfASharedLayer() throws {
        for engine in Self.engines {
            let made = try LiveKeras.of(engine).run(
                """
                a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
                shared = keras.layers.Dense(3, name="shared")
                made = [keras.Model([a, b], keras.layers.Add(name="sum")([shared(a), shared(b)]))]
                """
            ).made
            let model = try #require(made.first)
            let activations = try model.activations([ramp([1, 2]), Tensor([1, 2])])
            #expect(activations.filter { $0.layer == "shared" }.map(\.call) == [0, 1])
            #expect(activations.filter { $0.layer == "shared" }.last?.value == Tensor([1, 3]))
        }
    }

    @Test(arguments: engines)
    func saysWhatKerasSaysAndLivesOn(_ engine: KerasProcess.Engine) throws {
        let keras = try LiveKeras.of(engine)
        let error = #expect(throws: KerasProcessError.self) { try keras.load("/nowhere/model.h5") }
        guard case .refused(let doing, let reason) = error else {
            Issue.record("expected Keras to refuse, found \(String(describing: error))")
            return
        }
        #expect(doing == "load /nowhere/model.h5")
        #expect(!reason.isEmpty)
        #expect(try keras.run("result = 6 * 7").result == "42")
    }

    @Test func timesPredictionAndTraining() throws {
        let model = try small(LiveKeras.of(.keras3))
        let x = ramp([4, 6, 6, 1])
        #expect(try model.benchPredict([x], batchSize: 2, repeats: 2).count == 2)
        let seconds = try model.benchFit(
            [x], targets: [targets], batchSize: 2, optimizer: OptimizerSpec("Adadelta"),
            losses: ["categorical_crossentropy"], repeats: 1)
        #expect(seconds.count == 1)
        #expect(seconds.allSatisfy { $0 > 0 })
    }

    @Test(arguments: engines, ["SGD", "RMSprop", "Adadelta", "Adam", "adagrad"])
    func makesTheCurrentOptimizers(_ engine: KerasProcess.Engine, _ name: String) throws {
        let model = try small(LiveKeras.of(engine))
        try model.compile(optimizer: OptimizerSpec(name, ["learning_rate": 0.5]), losses: ["mse"])
        let json = try model.optimizer().json
        #expect(json.contains("\"learning_rate\": 0.5"))
        #expect(json.contains("\"use_ema\""))  // an option that tf_keras' old optimizers do not have
    }

    @Test func prefersOptionsThatExist() throws {
        let model = try small(LiveKeras.of(.keras3))
        let error = #expect(throws: KerasProcessError.self) {
            try model.compile(optimizer: OptimizerSpec("SGD", ["rate": 1]), losses: ["mse"])
        }
        #expect(error?.description.contains("rate") == true)
    }
}

/// What goes wrong before and outside Keras, with a small program in its place.
@Suite struct KerasProcessFailureTests {
    /// Starts a shell script in the place of Python.
    private func start(_ script: String, limit: Double = 20) throws -> KerasProcess {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = folder.appending(path: "python").path
        try "#!/bin/sh\n\(script)\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        return try KerasProcess(.keras3, python: program, limit: limit)
    }

    static let hello = #"""
        echo '{"versions":{"engine":"keras","keras":"0","tensorflow":"0","numpy":"0","h5py":"0","hdf5":"0","python":"0"},"tensors":[]}'
        """#

    @Test func saysWhatIsMissingInPython() {
        let error = #expect(throws: KerasProcessError.self) {
            try start(#"echo '{"error":"ModuleNotFoundError: No module named keras","tensors":[]}'"#)
        }
        #expect(error?.description.contains("cannot import keras (ModuleNotFoundError: No module named keras)") == true)
        #expect(error?.description.contains("Scripts/keras_env.sh") == true)
    }

    @Test func showsTheLastWordsOfAProcessThatDied() {
        let error = #expect(throws: KerasProcessError.self) { try start("echo first >&2; echo 'the end' >&2; exit 3") }
        #expect(error == .stopped(doing: "start", detail: "status 3, the end"))
    }

    @Test func givesUpOnAProcessThatNeverAnswers() {
        let error = #expect(throws: KerasProcessError.self) { try start("exec sleep 60", limit: 0.3) }
        #expect(error == .timedOut(doing: "start", seconds: 0.3))
    }

    @Test func survivesAProcessThatDiesBetweenRequests() throws {
        let keras = try start("\(Self.hello); read line; echo gone >&2; exit 1")
        #expect(throws: KerasProcessError.stopped(doing: "load a", detail: "status 1, gone")) { try keras.load("a") }
        #expect(throws: KerasProcessError.self) { try keras.load("b") }
    }

    @Test func refusesWhatIsNoAnswer() {
        let error = #expect(throws: KerasProcessError.self) { try start("echo hello; read line") }
        #expect(error == .misunderstood(doing: "start", detail: "hello"))
    }

    @Test func saysThatAProgramDoesNotExist() {
        let error = #expect(throws: KerasProcessError.self) { try KerasProcess(python: "/nowhere/python") }
        #expect(error?.description.contains("/nowhere/python does not run") == true)
    }

    @Test func leavesNoProcessBehind() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "pid").path
        do {
            _ = try start("echo $$ > \(file); \(Self.hello); exec cat > /dev/null")
        }
        let id = try #require(
            Int32(try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        for _ in 0..<100 where kill(id, 0) == 0 { usleep(50_000) }
        #expect(kill(id, 0) != 0)
    }
}
