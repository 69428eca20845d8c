import Foundation
import Networks
import Testing
import Training

/// What Keras has for training is supported or left out with a reason, and the documentation says which.
@Suite struct SupportTests {
    /// The classes of Keras 3.16 without their base classes.
    private static let losses = [
        "BinaryCrossentropy", "BinaryFocalCrossentropy", "CTC", "CategoricalCrossentropy",
        "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "Circle",
        "CosineSimilarity", "Dice", "Hinge", "Huber", "KLDivergence", "LogCosh", "MeanAbsoluteError",
        "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
        "SparseCategoricalCrossentropy", "SquaredHinge", "Tversky",
    ]
    private static let metrics = [
        "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy",
        "CategoricalCrossentropy", "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity", "F1Score",
        "FBetaScore", "FalseNegatives", "FalsePositives", "Hinge", "IoU", "KLDivergence", "LogCoshError", "Mean",
        "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanIoU", "MeanMetricWrapper", "MeanSquaredError",
        "MeanSquaredLogarithmicError", "OneHotIoU", "OneHotMeanIoU", "PearsonCorrelation", "Poisson", "Precision",
        "PrecisionAtRecall", "R2Score", "Recall", "RecallAtPrecision", "RootMeanSquaredError",
        "SensitivityAtSpecificity", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
        "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity", "SquaredHinge", "Sum",
        "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives",
    ]
    private static let optimizers = [
        "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "LossScaleOptimizer",
        "MultiOptimizer", "Muon", "Nadam", "RMSprop", "SGD", "ScheduleFreeAdamW",
    ]
    private static let schedules = [
        "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay",
        "PolynomialDecay",
    ]
    private static var callbacks: [any Callback.Type] {
        [
            CSVLogger.self, EarlyStopping.self, LambdaCallback.self, LearningRateScheduler.self, ModelCheckpoint.self,
            ReduceLROnPlateau.self, SwapEMAWeights.self, TensorBoard.self, TerminateOnNaN.self,
        ]
    }

    @Test func everyClassOfKerasIsSupportedOrLeftOutWithAReason() {
        #expect(LossRegistry.standard.classNames == Self.losses)
        let left = MetricRegistry.leftOut.map(\.className)
        #expect((MetricRegistry.standard.classNames + left).sorted() == Self.metrics)
        #expect(OptimizerRegistry.standard.names == Self.optimizers)
        #expect(ScheduleRegistry.standard.names == Self.schedules)
        #expect(MetricRegistry.leftOut.allSatisfy { !$0.reason.isEmpty })
    }

    @Test(
        arguments: [
            ("kernel_initializer", Initializer.classNames), ("kernel_regularizer", Regularizer.classNames),
            ("kernel_constraint", Constraint.classNames),
        ])
    func everyClassOfAWeightsOptionsIsRead(_ option: String, _ classNames: [String]) throws {
        for name in classNames {
            let layer = try LayerRegistry.keras.layer(
                named: "d", className: "Dense", options: ["units": 2, option: .string(name)])
            #expect(layer.options[option]?.object?["class_name"]?.string != nil, "\(name)")
        }
        #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "d", className: "Dense", options: ["units": 2, option: "STFT"])
        }
        #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "b", className: "BatchNormalization", options: ["moving_mean_initializer": "STFT"])
        }
    }

    /// `KERAS_BRIDGE_WRITE_DOCUMENTATION=1 swift test --filter SupportTests` writes the page anew.
    @Test func documentationSaysWhatIsSupported() throws {
        let page = packageRoot.appending(path: "Documentation/Training.md")
        let documentation = try Self.documentation()
        if ProcessInfo.processInfo.environment["KERAS_BRIDGE_WRITE_DOCUMENTATION"] != nil {
            try documentation.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == documentation)
    }

    /// A row for each class: its options and how many cases of it are held against Keras.
    private static func rows(_ classNames: [String], _ cases: [(className: String, config: Options)]) -> String {
        classNames.map { name in
            let own = cases.filter { $0.className == name }
            let options = Set(own.flatMap { $0.config.names }).subtracting(["name", "dtype", "reduction"]).sorted()
            return "| \(name) | \(options.joined(separator: ", ")) | \(own.count) |"
        }.joined(separator: "\n")
    }

    private static func documentation() throws -> String {
        let losses = try trainingFixture("losses", as: LossTests.Golden.self).cases
        let metrics = try trainingFixture("metrics", as: MetricTests.Golden.self).cases
        return """
            # Training

            Generated from the registries and held by `SupportTests`. The cases are numbers of a real Keras 3
            (`Scripts/make_training_fixtures.py`): values, means with and without sample weights and gradients of losses, results
            of metrics over three batches; they agree within 1e-6 plus 1e-5 of the number. `LiveCompilationTests` compiles
            models with them in a running Keras, opens the files, trains a step, and gives them back.

            ## Losses

            All take `name` and `reduction` (`sum_over_batch_size`, `mean`, `sum`, `mean_with_sample_weight`).

            | Class | Options | Cases |
            |---|---|--:|
            \(rows(LossRegistry.standard.classNames, losses.map { ($0.className, $0.config.options) }))

            ## Metrics

            Where the result of Keras is a row of numbers (several `thresholds`, `average=None`, `class_aggregation=None`), their
            mean is reported, which is what Keras' progress bar shows. Every loss is a metric too, as `MeanMetricWrapper`.

            | Class | Options | Cases |
            |---|---|--:|
            \(rows(MetricRegistry.standard.classNames, metrics.map { ($0.className, $0.config.options) }))

            Left out, and refused by name:

            | Class | Reason |
            |---|---|
            \(MetricRegistry.leftOut.map { "| \($0.className) | \($0.reason) |" }.joined(separator: "\n"))

            ## Optimizers and more

            | What | Classes |
            |---|---|
            | Optimizers | \(OptimizerRegistry.standard.names.joined(separator: ", ")) |
            | Learning-rate schedules | \(ScheduleRegistry.standard.names.joined(separator: ", ")) |
            | Initializers | \(Initializer.classNames.joined(separator: ", ")); refused: STFT, which only STFTSpectrogram has |
            | Regularizers | \(Regularizer.classNames.joined(separator: ", ")) (the last for matrices) |
            | Constraints | \(Constraint.classNames.joined(separator: ", ")) |
            | Callbacks | \(callbacks.map { "\($0)" }.joined(separator: ", ")) |

            """
    }
}
