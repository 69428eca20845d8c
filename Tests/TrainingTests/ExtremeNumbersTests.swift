import Networks
import Tensors
import Testing
import Training

/// Numbers from files and callers that no run makes by itself.
@Suite struct ExtremeNumbersTests {
    private func trainer(_ optimizer: any Optimizer = SGD()) throws -> Trainer {
        let model = try Model.sequential(inputShape: [2], [("out", Dense(units: 3, activation: .softmax))])
        return Trainer(model, optimizer: optimizer, loss: SparseCategoricalCrossentropy())
    }

    private func data(targets: [Float] = [0, 1, 2, 0]) throws -> Dataset {
        try Dataset(Samples(Tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])), Samples(Tensor([4], targets)))
    }

    @Test(arguments: [0, -1, Int.min])
    func batchesHaveSamples(_ size: Int) throws {
        var trainer = try trainer()
        let data = try data()
        #expect(throws: TrainingError.self) { try trainer.fit(data, epochs: 1, batchSize: size) }
        #expect(throws: TrainingError.self) { try trainer.evaluate(data, batchSize: size) }
        #expect(throws: TrainingError.self) { try trainer.report(on: data, batchSize: size) }
    }

    @Test func aBatchMayBeLargerThanAllSamples() throws {
        let data = try data()
        var (whole, vast) = (try trainer(), try trainer())
        _ = try whole.fit(data, epochs: 2, batchSize: 4)
        _ = try vast.fit(data, epochs: 2, batchSize: .max)
        #expect(whole.model.layers[1].weights == vast.model.layers[1].weights)
        #expect(try whole.evaluate(data, batchSize: .max)["loss"] == whole.evaluate(data, batchSize: 4)["loss"])
    }

    @Test(arguments: [Float.nan, .infinity, 1e30])
    func aTargetThatIsNoClassHasNoWeight(_ target: Float) throws {
        let model = try Model.sequential(inputShape: [2], [("out", Dense(units: 1))])
        var trainer = Trainer(model, optimizer: SGD(), loss: MeanSquaredError(), metrics: [])
        // Whether the loss is a number is another question; that there is an answer counts.
        let data = try data(targets: [0, target, 1, 0])
        _ = try? trainer.fit(data, epochs: 1, classWeights: [0: 2])
    }

    @Test(arguments: [Float.nan, .infinity, 1e30])
    func aCounterOfStepsMayHoldAnything(_ counter: Float) throws {
        var trainer = try trainer(LossScaleOptimizer(SGD()))
        let place = trainer.state.optimizer.shared.count - 2
        trainer.state.optimizer.shared[place] = counter
        _ = try trainer.trainOnBatch([Tensor([1, 2], [1, 2])], [Tensor([1], [1])])
    }

    @Test(arguments: [Int.min, -1, 0, 1 << 31, 1 << 62, Int.max])
    func callbacksCountFromAnyRecord(_ number: Int) throws {
        let early = EarlyStopping(monitor: "loss", patience: 3)
        early.record = ["best": 0.0, "wait": .int(number), "best_epoch": .int(number)]
        let plateau = ReduceLROnPlateau(monitor: "loss", patience: 3)
        plateau.record = ["best": 0.0, "wait": .int(number), "cooldown_counter": .int(number)]
        let history = HistoryLog()
        history.record = ["epochs": [["epoch": .int(number), "logs": ["loss": 1.0]]]]
        var trainer = try trainer()
        _ = try trainer.fit(data(), epochs: 2, callbacks: [early, plateau, history])
        #expect(history.epochs.allSatisfy { $0 >= 0 && $0 <= 1 << 53 })
    }

    @Test(arguments: [-1, 1 << 54, Int.max])
    func anIterationThatCannotBeCountedIsRefused(_ number: Int) throws {
        let optimizer = Adam()
        let weights = [Tensor([2])]
        var variables = optimizer.variables(of: optimizer.initialState(for: weights), for: weights)
        let place = try #require(variables.firstIndex { $0.role == .iteration })
        variables[place].value = .integer(number)
        #expect(throws: OptimizerStateError.self) { try optimizer.state(assigning: variables, for: weights) }
    }

    @Test(arguments: [-1, 1 << 54, Int.max])
    func aStateThatCannotBeIsRefused(_ number: Int) throws {
        for name in ["epoch", "batch"] {
            var options = TrainingState(seed: 1, optimizer: OptimizerState()).options
            options[name] = .int(number)
            var reader = OptionReader(options, layer: "training state")
            #expect(throws: OptionError.self) { try TrainingState(from: &reader, optimizer: OptimizerState()) }
        }
    }

    /// The matrix of all pairs of classes would be 32 GB.
    @Test func thereAreNoConfusionsOfManyClasses() throws {
        let model = try Model.sequential(inputShape: [1], [("out", Dense(units: 65_536, activation: .softmax))])
        let trainer = Trainer(model, optimizer: SGD(), loss: SparseCategoricalCrossentropy())
        let data = try Dataset(Samples(Tensor([1, 1], [1])), Samples(Tensor([1], [7])))
        let report = try trainer.report(on: data, classes: [7])
        #expect(report.confusion == nil && report.logs["loss"]?.isFinite == true)
    }
}
