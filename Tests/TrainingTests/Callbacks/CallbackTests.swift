import Foundation
import Networks
import Tensors
import Testing
import Training

@Suite struct CallbackTests {
    /// A trainer of one weight, and a callback in front of the others that plays given losses.
    private func run(
        _ losses: [Double], _ callbacks: [any Callback], learningRate: LearningRate = 1,
        weightOfEpoch: (Int) -> Float = { Float($0) }
    ) throws -> (trainer: Trainer, history: History) {
        let model = try Model.sequential(inputShape: [1], [("dense", Dense(units: 1, useBias: false))])
        var trainer = Trainer(
            model, optimizer: SGD(learningRate: learningRate), loss: MeanSquaredError(), metrics: [])
        let data = try Dataset(Samples(Tensor([1, 1])), Samples(Tensor([1, 1])))
        let player = LambdaCallback(onEpochEnd: { epoch, logs, trainer in
            logs["val_loss"] = losses[epoch]
            trainer.session.updateWeights { $1[0] = Float(epoch) }
        })
        let history = try trainer.fit(data, epochs: losses.count, callbacks: [player] + callbacks)
        return (trainer, history)
    }

    @Test func earlyStoppingWaitsAndGoesBackToTheBest() throws {
        let callback = EarlyStopping(patience: 2, restoreBestWeights: true)
        let (trainer, history) = try run([5, 3, 4, 3, 2, 1], [callback])
        #expect(history.epochs == [0, 1, 2, 3])
        #expect(history.end == .stopped)
        #expect(callback.stoppedEpoch == 3)
        #expect(callback.bestEpoch == 1)
        #expect(trainer.model.layers[1].weights[0][0] == 1)
    }

    @Test func earlyStoppingWantsMoreThanMinDelta() throws {
        let callback = EarlyStopping(minDelta: 0.5, patience: 1)
        let (_, history) = try run([5, 4.8, 4, 3], [callback])
        #expect(history.epochs == [0, 1])
        let later = EarlyStopping(minDelta: 0.5, patience: 1, startFromEpoch: 2)
        #expect(try run([5, 4.8, 4, 3, 2.9], [later]).history.epochs == [0, 1, 2, 3, 4])
    }

    @Test func earlyStoppingRemembersAcrossRuns() throws {
        let first = EarlyStopping(patience: 3)
        _ = try run([1, 2], [first])
        let second = EarlyStopping(patience: 3)
        second.record = first.record
        let (_, history) = try run([2, 2, 2, 2], [second])
        #expect(history.epochs == [0, 1])
    }

    @Test func theLearningRateFallsOnAPlateau() throws {
        let callback = ReduceLROnPlateau(factor: 0.5, patience: 2, cooldown: 1, minLearningRate: 0.2)
        let (trainer, history) = try run([5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5], [callback])
        // As Keras: after epochs 1 and 2 without progress, then one epoch of rest.
        #expect(
            history["learning_rate"] == [
                1, 1, 1, 0.5, 0.5, 0.25, 0.25, Double(Float(0.2)), Double(Float(0.2)), Double(Float(0.2)),
                Double(Float(0.2)),
            ])
        #expect(trainer.learningRate == 0.2)
        #expect((trainer.currentOptimizer.options["learning_rate"]?.double ?? 0) == Double(Float(0.2)))
    }

    @Test func checkpointsAreWrittenForTheBestEpochs() throws {
        var saved: [Int] = []
        let best = ModelCheckpoint(saveBestOnly: true) { epoch, _, _ in saved.append(epoch) }
        _ = try run([5, 6, 4, 4, 3], [best])
        #expect(saved == [0, 2, 4])
        struct Full: Error, CustomStringConvertible { var description: String { "disk full" } }
        let failing = ModelCheckpoint { _, _, _ in throw Full() }
        let error = #expect(throws: TrainingError.self) { try run([1], [failing]) }
        #expect(error?.description == "ModelCheckpoint: disk full")
    }

    @Test func theSchedulerSetsTheRateOfEachEpoch() throws {
        let callback = LearningRateScheduler { epoch, rate in epoch == 0 ? rate : rate * 0.5 }
        #expect(try run([1, 1, 1], [callback]).history["learning_rate"] == [1, 0.5, 0.25])
    }

    @Test func theTableHasALineForEachEpoch() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "keras-bridge-\(getpid()).csv").path
        defer { unlink(path) }
        _ = try run([0.5, 0.25], [CSVLogger(path: path)])
        #expect(
            try String(contentsOfFile: path, encoding: .utf8) == "epoch,loss,val_loss\n0,0.0,0.5\n1,0.0,0.25\n")
        _ = try run([3], [CSVLogger(path: path, append: true)])
        #expect(
            try String(contentsOfFile: path, encoding: .utf8)
                == "epoch,loss,val_loss\n0,0.0,0.5\n1,0.0,0.25\n0,0.0,3.0\n")
        let error = #expect(throws: TrainingError.self) { try run([1], [CSVLogger(path: "/nowhere/log.csv")]) }
        #expect(error?.description == "CSVLogger: /nowhere/log.csv: cannot be written: No such file or directory")
    }

    @Test func aValueThatIsNotThereIsAWarning() throws {
        let (trainer, _) = try run([1, 1], [EarlyStopping(monitor: "val_accuracy")])
        #expect(
            trainer.warnings.map(\.description)
                == ["EarlyStopping watches \"val_accuracy\", which is not there; present: loss, val_loss"])
    }

    @Test func callbacksAreToldInOrder() throws {
        var told: [String] = []
        let callback = LambdaCallback(
            onTrainBegin: { plan, _ in told.append("begin \(plan.epochs)×\(plan.batches)") },
            onEpochBegin: { epoch, _ in told.append("epoch \(epoch)") },
            onBatchEnd: { batch, _, _ in told.append("batch \(batch)") },
            onEpochEnd: { epoch, _, _ in told.append("end \(epoch)") }, onTrainEnd: { _, _ in told.append("done") })
        _ = try run([1, 1], [callback])
        #expect(told == ["begin 2×1", "epoch 0", "batch 0", "end 0", "epoch 1", "batch 0", "end 1", "done"])
    }

    @Test(arguments: [
        ("m-{epoch:02d}-{val_loss:.3f}.keras", "m-03-0.126.keras"), ("m{epoch}.h5", "m3.h5"),
        ("{epoch:4d}{accuracy:.0f}", "   31"), ("{loss:.2f}", "-0.00"), ("plain.keras", "plain.keras"),
        ("{loss}", "-0.001"),
    ])
    func checkpointNamesAreMadeAsKerasMakesThem(_ pattern: String, _ expected: String) throws {
        let logs = Logs([("loss", -0.001), ("val_loss", 0.12575), ("accuracy", 0.75)])
        let found = try ModelCheckpoint.path(pattern, epoch: 2, logs)
        // Python keeps the sign of what rounds to zero; a name without it is no worse.
        #expect(found == expected || "-" + found == expected)
    }

    @Test(arguments: [
        ("{epoch", "a { without its }"), ("{acc}", "there is no \"acc\"; there are epoch, loss"),
        ("{epoch:x}", "\"x\" is no form of a number"), ("{loss:02d}", "\"02d\" is no form"),
    ])
    func checkpointNamesSayWhatIsWrong(_ pattern: String, _ part: String) throws {
        let error = #expect(throws: DataError.self) {
            try ModelCheckpoint.path(pattern, epoch: 0, Logs([("loss", 1)]))
        }
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    }

    @Test func terminateOnNaNEndsTheRunWithTheWeightsBefore() throws {
        let model = try Model.sequential(inputShape: [1], [("dense", Dense(units: 1, useBias: false))])
        let data = try Dataset(
            Samples(Tensor([4, 1], [1, 1, 1e30, 1])), Samples(Tensor([4, 1], [0, 0, 0, 0])))
        func fit(_ callbacks: [any Callback]) throws -> (Trainer, History) {
            var trainer = Trainer(model, optimizer: SGD(), loss: MeanSquaredError(), metrics: [])
            let history = try trainer.fit(data, epochs: 3, batchSize: 1, shuffle: false, callbacks: callbacks)
            return (trainer, history)
        }
        #expect(throws: TrainingError.self) { try fit([]) }
        let callback = TerminateOnNaN()
        let (trainer, history) = try fit([callback])
        #expect(history.end == .stopped)
        #expect(history.epochs == [0])
        #expect(callback.loss == .infinity)
        #expect(trainer.state.optimizer.iterations == 2)
        #expect(trainer.model.layers[1].weights[0][0].isFinite)
        #expect(trainer.warnings.map(\.description).contains { $0.contains("epoch 1, batch 3") })
    }

    /// One weight that the target pulls from 0 to 1, averaged with momentum one half.
    private func averaged(
        _ callbacks: [any Callback], epochs: Int = 3
    ) throws -> (trainer: Trainer, history: History) {
        var model = try Model.sequential(inputShape: [1], [("dense", Dense(units: 1, useBias: false))])
        model.layers[1].weights[0][0] = 0
        var optimizer = SGD(learningRate: 0.25)
        optimizer.settings.useEMA = true
        optimizer.settings.emaMomentum = 0.5
        var trainer = Trainer(model, optimizer: optimizer, loss: MeanSquaredError(), metrics: [])
        let data = try Dataset(Samples(Tensor([1, 1], [1])), Samples(Tensor([1, 1], [1])))
        let history = try trainer.fit(data, epochs: epochs, validation: data, callbacks: callbacks)
        return (trainer, history)
    }

    @Test func averagesAreMeasuredAndSavedInPlaceOfTheWeights() throws {
        // Weights 0.5, 0.75, 0.875; their averages 0.5, 0.625, 0.75.
        var seen: [Float] = []
        let watch = LambdaCallback(onEpochEnd: { _, _, trainer in seen.append(trainer.model.layers[1].weights[0][0]) })
        let plain = try averaged([watch])
        #expect(seen == [0.5, 0.75, 0.875])
        #expect(plain.history["val_loss"] == [0.25, 0.0625, 0.015625])
        #expect(plain.trainer.model.layers[1].weights[0][0] == 0.75)
        for swapsOnEpoch in [false, true] {
            seen = []
            let (trainer, history) = try averaged([SwapEMAWeights(swapOnEpoch: swapsOnEpoch), watch])
            #expect(history["val_loss"] == [0.25, 0.140625, 0.0625])
            #expect(history["loss"] == plain.history["loss"], "training goes on with the weights")
            #expect(seen == (swapsOnEpoch ? [0.5, 0.625, 0.75] : [0.5, 0.75, 0.875]))
            #expect(trainer.model.layers[1].weights[0][0] == 0.75)
            #expect(trainer.state.optimizer.averages[0][0] == 0.75)
            #expect(!trainer.state.isSwapped)
        }
        #expect(throws: TrainingError.self) { try run([1], [SwapEMAWeights()]) }
    }
}
