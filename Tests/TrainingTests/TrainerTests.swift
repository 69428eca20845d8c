import Networks
import Runtime
import Tensors
import Testing
import Training

@Suite struct TrainerTests {
    // MARK: The same arithmetic as Keras

    struct Golden: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            struct Optimizer: Decodable, Sendable {
                var className: String
                var config: StoredOptions

                enum CodingKeys: String, CodingKey { case className = "class_name", config }
            }

            var optimizer: Optimizer
            var loss: String
            var metrics: [String]
            var classWeights: [Float]
            var usesSampleWeights: Bool
            var validationSplit: Double
            var regularized: Bool
            var batchNormalization: Bool
            var initial: [StoredTensor]
            var weights: [StoredTensor]
            var history: [String: [Float]]
            var evaluated: [String: Float]
            var variables: [[Float]]

            var testDescription: String { "\(optimizer.className) \(loss)" }
        }

        var batchSize: Int
        var epochs: Int
        var x: StoredTensor
        var labels: [Int]
        var sampleWeights: [Float]
        var cases: [Case]
    }

    static let golden: Golden? = try? trainingFixture("fits")

    private func model(_ golden: Golden.Case) throws -> Model {
        var kernel = WeightOptions(.glorotUniform)
        var bias = WeightOptions(.zeros)
        if golden.regularized {
            kernel.regularizer = .l1l2(l1: 1e-3, l2: 1e-2)
            kernel.constraint = .maxNorm(0.9, axes: [0, 1, 2])
            bias.regularizer = .l2(0.1)
        }
        let conv = Conv2D(filters: 3, kernelSize: [3, 3], activation: .relu, kernel: kernel, bias: bias)
        var layers: [(name: String, layer: any Layer)] = [
            ("conv", conv), ("pool", MaxPooling2D()), ("flatten", Flatten()),
            ("hidden", Dense(units: 6, activation: .relu)), ("out", Dense(units: 4, activation: .softmax)),
        ]
        if golden.batchNormalization { layers.insert(("norm", BatchNormalization(momentum: 0.8)), at: 1) }
        var model = try Model.sequential(inputShape: [6, 6, 1], layers)
        var next = golden.initial.map(\.tensor)[...]
        for layer in model.layers.indices {
            let count = model.layers[layer].specs.count
            model.layers[layer].weights = Array(next.prefix(count))
            next = next.dropFirst(count)
        }
        return model
    }

    @Test(arguments: golden?.cases ?? [])
    func fitsAsKerasDoes(_ expected: Golden.Case) throws {
        let golden = try #require(Self.golden)
        let optimizer = try OptimizerRegistry.standard.optimizer(
            className: expected.optimizer.className, options: expected.optimizer.config.options)
        let metrics = try expected.metrics.map { try MetricRegistry.standard.metric($0) }
        var trainer = Trainer(
            try model(expected), optimizer: optimizer, loss: try LossRegistry.standard.loss(expected.loss),
            metrics: metrics, weightedMetrics: [.accuracy], pool: WorkerPool(threads: 2))
        let targets =
            expected.loss.hasPrefix("sparse")
            ? Samples(Tensor([golden.labels.count], golden.labels.map(Float.init)))
            : try oneHot(golden.labels, classes: 4)
        let inputs = Samples(golden.x.tensor)
        let data = try Dataset(
            inputs: [inputs], targets: [targets],
            sampleWeights: expected.usesSampleWeights ? golden.sampleWeights : nil)
        let isWeighted = expected.classWeights.contains { $0 != 1 }
        let history = try trainer.fit(
            data, epochs: golden.epochs, batchSize: golden.batchSize, validationSplit: expected.validationSplit,
            shuffle: false,
            classWeights: isWeighted
                ? Dictionary(uniqueKeysWithValues: expected.classWeights.enumerated().map { ($0, $1) }) : [:])

        #expect(Set(try #require(history.logs.first).names) == Set(expected.history.keys))
        for (name, values) in expected.history {
            #expect(gap(history[name].map { Float($0) }, values, relative: 1e-4) < 1, "\(name)")
        }
        for (found, weight) in zip(trainer.model.layers.flatMap(\.weights), expected.weights) {
            #expect(gap(found.elements, weight.values, absolute: 1e-5, relative: 1e-4) < 1)
        }
        let weights = trainer.model.trainableWeights.map { trainer.model[$0] }
        let variables = optimizer.variables(of: trainer.state.optimizer, for: weights)
        #expect(variables.count == expected.variables.count)
        for (variable, values) in zip(variables, expected.variables) {
            guard case .tensor(let tensor) = variable.value else { continue }
            #expect(gap(tensor.elements, values, absolute: 1e-5, relative: 1e-3) < 1, "\(variable.name)")
        }
        let evaluated = try trainer.evaluate(Dataset(inputs, targets), batchSize: golden.batchSize)
        for (name, value) in expected.evaluated {
            #expect(gap([Float(evaluated[name] ?? .nan)], [value], relative: 1e-4) < 1, "\(name)")
        }
    }

    @Test func goldenNumbersAreThere() throws {
        let golden: Golden = try trainingFixture("fits")
        #expect(golden.cases.count == 6)
    }

    // MARK: The same bits

    private func digits(_ count: Int) throws -> Dataset {
        let folder = packageRoot.appending(path: "Fixtures/digits").path
        let images = try IDX.read(path: folder + "/train-images-idx3-ubyte.gz")
        let labels = try IDX.read(path: folder + "/train-labels-idx1-ubyte.gz")
        return try Dataset(
            images.samples(divisor: 255).reshaped(to: [28, 28, 1]), labels.samples())[0..<count]
    }

    private func net(seed: UInt64 = 1) throws -> Model {
        try .sequential(
            inputShape: [28, 28, 1],
            [
                ("conv", Conv2D(filters: 4, kernelSize: [3, 3], strides: [2, 2], activation: .relu)),
                ("norm", BatchNormalization()), ("pool", MaxPooling2D()), ("drop", Dropout(rate: 0.25)),
                ("flatten", Flatten()), ("out", Dense(units: 10, activation: .softmax)),
            ], seed: seed)
    }

    private func trainer(_ threads: Int = 2) throws -> Trainer {
        Trainer(
            try net(), optimizer: Adam(learningRate: 0.01), loss: SparseCategoricalCrossentropy(), seed: 7,
            pool: WorkerPool(threads: threads))
    }

    private func bits(_ trainer: Trainer) -> [[UInt32]] {
        trainer.model.layers.flatMap(\.weights).map { $0.elements.map(\.bitPattern) }
    }

    @Test func givesTheSameWeightsForAnyNumberOfThreads() throws {
        let data = try digits(200)
        let runs = try [1, 2, 3].map { threads in
            var trainer = try trainer(threads)
            let history = try trainer.fit(data, epochs: 2, batchSize: 48)
            return (bits(trainer), history)
        }
        #expect(runs[0].0 == runs[1].0)
        #expect(runs[0].0 == runs[2].0)
        #expect(runs[0].1 == runs[1].1)
        #expect(runs[0].1 == runs[2].1)
    }

    @Test func otherSeedsGiveOtherWeights() throws {
        let data = try digits(100)
        var (one, two) = (try trainer(), try trainer())
        two.state.seed = 8
        _ = try one.fit(data, epochs: 1)
        _ = try two.fit(data, epochs: 1)
        #expect(bits(one) != bits(two))
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6])
    func aStoppedRunGoesOnToTheSameBits(stoppedAfter stop: Int) throws {
        let data = try digits(150)
        let validation = try digits(60)
        var whole = try trainer()
        let history = try whole.fit(data, epochs: 2, batchSize: 48, validation: validation)  // 4 + 4 batches

        var first = try trainer()
        let cancellation = Cancellation()
        var batches = 0
        let stopper = LambdaCallback(onBatchEnd: { _, _, _ in
            batches += 1
            if batches == stop { cancellation.cancel() }
        })
        let begun = try first.fit(
            data, epochs: 2, batchSize: 48, validation: validation, callbacks: [stopper], cancellation: cancellation)
        #expect(begun.end == .cancelled)

        // As from a file: a fresh trainer with the weights and the state, which has gone through its own record.
        var reader = OptionReader(first.state.options, layer: "state")
        var second = Trainer(
            first.model, optimizer: Adam(learningRate: 0.01), loss: SparseCategoricalCrossentropy(), seed: 99,
            pool: WorkerPool(threads: 3))
        second.state = try TrainingState(from: &reader, optimizer: first.state.optimizer)
        try reader.finish()
        #expect(second.state == first.state)
        let rest = try second.fit(data, epochs: 2, batchSize: 48, validation: validation)
        #expect(bits(second) == bits(whole))
        #expect(begun.logs + rest.logs == history.logs)
        #expect(second.state == whole.state)
    }

    // MARK: Learning

    @Test func aSmallNetLearnsDigits() throws {
        var trainer = Trainer(
            try .sequential(
                inputShape: [28, 28, 1],
                [
                    ("conv", Conv2D(filters: 8, kernelSize: [3, 3], activation: .relu)), ("pool", MaxPooling2D()),
                    ("flatten", Flatten()), ("dense", Dense(units: 32, activation: .relu)),
                    ("drop", Dropout(rate: 0.25)), ("out", Dense(units: 10, activation: .softmax)),
                ], seed: 3),
            optimizer: Adadelta(learningRate: 1), loss: SparseCategoricalCrossentropy(), seed: 3)
        #expect(trainer.warnings.isEmpty)
        let history = try trainer.fit(try digits(500), epochs: 12, batchSize: 32, validationSplit: 0.2)
        let (loss, accuracy) = (history["loss"], history["val_accuracy"])
        try #require(loss.count == 12 && accuracy.count == 12)
        #expect(loss[11] < loss[0] / 4)
        #expect(accuracy[11] > 0.8)
        #expect(history.epochs == Array(0..<12))
        #expect(history.end == .finished)
    }

    @Test func weightsThatAreNotTrainableStay() throws {
        var model = try net()
        model.layers[1].isTrainable = false
        let before = model.layers[1].weights
        var trainer = Trainer(model, optimizer: SGD(learningRate: 0.1), loss: SparseCategoricalCrossentropy())
        _ = try trainer.fit(try digits(64), epochs: 1)
        #expect(trainer.model.layers[1].weights == before)
        #expect(trainer.model.layers[6].weights != model.layers[6].weights)
    }

    // MARK: What goes wrong

    @Test func warnsOfAdadeltaThatHardlyLearns() throws {
        let slow = Trainer(try net(), optimizer: Adadelta(), loss: SparseCategoricalCrossentropy())
        #expect(slow.warnings == [.slowAdadelta(learningRate: 0.001)])
        #expect(
            slow.warnings.first?.description
                == "Adadelta with a learning rate of 0.001 hardly learns; the paper and Keras 1 and 2 have 1.0 "
                + "(0.001 is only the default of Keras 3)")
    }

    @Test func stopsWhenTheLossIsNotANumber() throws {
        var trainer = Trainer(
            try net(), optimizer: SGD(learningRate: 1e30), loss: SparseCategoricalCrossentropy(), metrics: [])
        let error = #expect(throws: TrainingError.self) { try trainer.fit(try digits(100), epochs: 3) }
        guard case .notFinite(_, let epoch, let batch, let step) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(step == epoch * 4 + batch && step > 0)
        #expect(error?.description.contains("in epoch 1, batch \(batch + 1) (step \(step))") == true)
    }

    @Test func saysWhichTargetsTheLossTakes() throws {
        let data = try digits(20)
        var trainer = Trainer(try net(), optimizer: SGD(), loss: CategoricalCrossentropy())
        let classes = #expect(throws: TrainingError.self) { try trainer.fit(data, epochs: 1) }
        #expect(
            classes?.description
                == "output \"out\": the loss categorical_crossentropy expects targets of shape [?, 10], found [20]; "
                + "for numbers of classes take sparse_categorical_crossentropy, or one-hot targets")
        var sparse = Trainer(try net(), optimizer: SGD(), loss: SparseCategoricalCrossentropy())
        let rows = try Dataset(data.inputs[0], oneHot([Int](repeating: 1, count: 20), classes: 10))
        let oneHot = #expect(throws: TrainingError.self) { try sparse.fit(rows, epochs: 1) }
        #expect(
            oneHot?.description
                == "output \"out\": the loss sparse_categorical_crossentropy expects targets of shape [?], "
                + "found [20, 10]; for targets such as these take categorical_crossentropy")
        let wrong = try Dataset(data.inputs[0], Samples(Tensor([20], repeating: 10)))
        let number = #expect(throws: TrainingError.self) { try sparse.fit(wrong, epochs: 1) }
        #expect(
            number?.description
                == "output \"out\": expected targets from 0 to 9, the numbers of its classes, found 10.0")
    }

    @Test func saysWhichInputDoesNotFit() throws {
        var trainer = try trainer()
        let data = try Dataset(Samples(Tensor([4, 20, 20, 1])), Samples(Tensor([4])))
        let error = #expect(throws: TrainingError.self) { try trainer.fit(data, epochs: 1) }
        #expect(
            error?.description
                == "input \"input_layer\" expects shape [?, 28, 28, 1], found [4, 20, 20, 1]")
    }

    @Test(arguments: [0.99, 1, -0.5])
    func anEmptyPartIsRefused(_ fraction: Double) throws {
        var trainer = try trainer()
        let error = #expect(throws: TrainingError.self) {
            try trainer.fit(try digits(10), epochs: 1, validationSplit: fraction)
        }
        #expect(error?.description == "10 samples cannot be split with a fraction of \(fraction) for validation")
    }

    // MARK: One batch

    @Test func trainsOnOneBatch() throws {
        var trainer = try trainer()
        let data = try digits(32)
        let (x, y) = (data.inputs[0].tensor(), data.targets[0].tensor())
        let losses = try (0..<20).map { _ in try trainer.trainOnBatch([x], [y])["loss"] ?? .nan }
        #expect(losses[19] < losses[0])
        #expect(trainer.state.optimizer.iterations == 20)
    }

    @Test func averagesBecomeTheWeightsAtTheEnd() throws {
        var optimizer = SGD(learningRate: 0.1)
        optimizer.settings.useEMA = true
        optimizer.settings.emaMomentum = 0.5
        var trainer = Trainer(try net(), optimizer: optimizer, loss: SparseCategoricalCrossentropy())
        _ = try trainer.fit(try digits(64), epochs: 1)
        #expect(trainer.model.trainableWeights.map { trainer.model[$0] } == trainer.state.optimizer.averages)
    }

    @Test func refusesAnOrthogonalRegularizerOfWhatIsNoMatrix() throws {
        let conv = try LayerRegistry.keras.layer(
            named: "conv", className: "Conv1D",
            options: ["filters": 2, "kernel_size": [2], "kernel_regularizer": "orthogonal"])
        let model = try Model.sequential(inputShape: [3, 1], [("conv", conv)], seed: 1)
        var trainer = Trainer(model, optimizer: SGD(learningRate: 0.1), loss: MeanSquaredError(), metrics: [])
        let error = #expect(throws: TrainingError.self) {
            _ = try trainer.trainOnBatch([Tensor([1, 3, 1])], [Tensor([1, 2, 2])])
        }
        #expect(
            error?.description
                == "layer \"conv\": OrthogonalRegularizer expects a matrix, but kernel has shape [2, 1, 2]; "
                + "take another regularizer")
    }

    @Test func refusesALossOfRegionsForMaskedSteps() throws {
        let model = try Model.sequential(
            inputShape: [3, 2], [("masking", Masking()), ("dense", Dense(units: 2))], seed: 1)
        let trainer = Trainer(model, optimizer: SGD(learningRate: 0.1), loss: Dice(), metrics: [])
        let data = try Dataset(Samples(Tensor([2, 3, 2], repeating: 1)), Samples(Tensor([2, 3, 2])))
        let error = #expect(throws: TrainingError.self) { try trainer.evaluate(data) }
        #expect(error?.description.hasPrefix("output \"dense\" has a mask, with which the loss dice is not") == true)
    }
}
