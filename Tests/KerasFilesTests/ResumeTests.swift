import Foundation
import KerasFiles
import Networks
import Tensors
import Testing
import Training

/// A run that is stopped, written, read and gone on with gives the bytes of one that never stopped.
@Suite struct ResumeTests {
    private static let data = Result { () throws(DataError) in
        let x = Tensor([22, 5, 5, 1], (0..<550).map { Float(($0 * 37) % 101) / 101 })
        return try Dataset(
            Samples(x), oneHot((0..<22).map { $0 * 7 % 3 }, classes: 3))
    }

    private static func start(_ optimizer: String) throws -> KerasFile {
        let model = try Model.sequential(
            name: "net", inputShape: [5, 5, 1],
            [
                ("conv", Conv2D(filters: 2, kernelSize: [3, 3], activation: .tanh)), ("norm", BatchNormalization()),
                ("noise", GaussianNoise(stddev: 0.1)), ("drop", Dropout(rate: 0.5)), ("flat", Flatten()),
                ("out", Dense(units: 3, activation: .softmax)),
            ], seed: 4)
        var file = KerasFile(model)
        file.training = TrainingConfig(
            optimizer: TrainingConfig.Object(optimizer, ["learning_rate": 0.05, "gradient_accumulation_steps": 2]),
            loss: "categorical_crossentropy", metrics: ["accuracy"])
        return file
    }

    /// What remembers something between epochs.
    private static func callbacks() -> [any Callback] {
        [
            ReduceLROnPlateau(monitor: "val_loss", factor: 0.5, patience: 1, minDelta: 0.01),
            EarlyStopping(monitor: "val_loss", patience: 2, restoreBestWeights: true),
        ]
    }

    private static func fit(
        _ trainer: inout Trainer, _ callbacks: [any Callback], stoppingAfter steps: Int = .max, epochs: Int = 5
    ) throws {
        let cancellation = Cancellation()
        let counter = StepCounter(steps, cancellation)
        _ = try trainer.fit(
            data.get(), epochs: epochs, batchSize: 4, validationSplit: 0.25, callbacks: callbacks + [counter],
            cancellation: cancellation)
    }

    /// Ends a run after so many steps.
    private final class StepCounter: Callback {
        private var left: Int
        private let cancellation: Cancellation

        init(_ steps: Int, _ cancellation: Cancellation) { (left, self.cancellation) = (steps, cancellation) }

        func onBatchEnd(_ batch: Int, _ logs: Logs, _ trainer: inout Trainer) {
            left -= 1
            if left == 0 { cancellation.cancel() }
        }
    }

    @Test(arguments: KerasFileWriteTests.forms, ["Adam", "Nadam"])
    func stoppedAfterAnyStepItEndsTheSame(
        _ form: (format: KerasFile.Format, dialect: Dialect), _ optimizer: String
    ) throws {
        let start = try Self.start(optimizer)
        let seed: UInt64 = 0x8000_0000_0000_0001
        var whole = try #require(try start.trainer(seed: seed))
        let watched = Self.callbacks()
        try Self.fit(&whole, watched)
        let expected = try start.checkpoint(of: whole, callbacks: watched).bytes(format: .archive)
        let steps = whole.state.optimizer.iterations
        try #require(steps >= 8)

        let folder = try temporaryFolder()
        let architecture = folder.appending(path: "architecture.json").path
        try Data(try start.architectureJSON().utf8).write(to: URL(fileURLWithPath: architecture))
        let isWhole = form.format == .archive || form.format == .legacyH5
        for step in 1..<steps {
            var part = try #require(try start.trainer(seed: seed))
            let callbacks = Self.callbacks()
            try Self.fit(&part, callbacks, stoppingAfter: step)
            let path = folder.appending(path: "\(step)").path
            try start.checkpoint(of: part, callbacks: callbacks, samples: 16, batchSize: 4)
                .write(to: path, format: form.format, dialect: form.dialect)

            let file = try KerasFile.read(path, architecture: isWhole ? nil : architecture)
            #expect(file.runRecord == KerasFile.RunRecord(samples: 16, batchSize: 4, isStopped: false))
            var resumed = try #require(try file.trainer())
            resumed.state = try #require(file.trainingState, "\(file.notes)")
            let restored = Self.callbacks()
            file.restore(restored)
            try Self.fit(&resumed, restored)
            #expect(
                try start.checkpoint(of: resumed, callbacks: restored).bytes(format: .archive) == expected,
                "stopped after step \(step)")
        }
    }

    @Test func anOrdinaryFileSaysNothingOfTheRun() throws {
        let start = try Self.start("Adam")
        var trainer = try #require(try start.trainer(seed: 1))
        try Self.fit(&trainer, [], epochs: 1)
        let checkpoint = start.checkpoint(of: trainer)
        #expect(checkpoint.runRecord != nil)
        #expect(checkpoint.taking(trainer).runRecord == nil)
        #expect(checkpoint.taking(trainer).trainingState == nil)
    }
}
