import Networks
import Tensors
import Testing
import Training

@Suite struct MetricTests {
    struct Golden: Decodable {
        struct Case: Decodable, Sendable, CustomTestStringConvertible {
            struct Batch: Decodable, Sendable {
                var shape: [[Int]]
                var targets: [Float]
                var outputs: [Float]
            }

            var className: String
            var config: StoredOptions
            var isWeighted: Bool
            var batches: [Batch]
            var results: [Float]
            var testDescription: String { className }
        }

        var sampleWeights: [Float]
        var cases: [Case]
    }

    static let golden: Golden? = try? trainingFixture("metrics")

    @Test(arguments: golden?.cases ?? [])
    func runsOverBatchesAsKerasDoes(_ expected: Golden.Case) throws {
        let golden = try #require(Self.golden)
        let choice = try MetricRegistry.standard.metric(expected.className, options: expected.config.options)
        var metric = choice.metric(targets: [1, 1], outputs: [1, 1])
        #expect(metric.name == expected.config.options["name"]?.string)
        let function = expected.config.options["fn"]?.object?["config"]?.string
        #expect(
            metric.className
                == (function == CategoricalAccuracy.functionName ? "CategoricalAccuracy" : expected.className))
        for _ in 0..<2 {
            var results: [Float] = []
            for (position, batch) in expected.batches.enumerated() {
                metric.update(
                    Tensor(Shape(batch.shape[0]), batch.targets),
                    Prediction(Tensor(Shape(batch.shape[1]), batch.outputs)),
                    weights: position == 2 && expected.isWeighted ? golden.sampleWeights : nil,
                    on: WorkerPool(threads: 1))
                results.append(Float(metric.result))
            }
            #expect(gap(results, expected.results) < 1)
            metric.reset()
        }
    }

    @Test func everyMetricHasGoldenNumbers() throws {
        let golden: Golden = try trainingFixture("metrics")
        let tested = Set(golden.cases.map(\.className))
        #expect(MetricRegistry.standard.classNames == tested.sorted())
    }

    @Test(arguments: golden?.cases ?? [])
    func writesTheOptionsThatItReads(_ expected: Golden.Case) throws {
        let registry = MetricRegistry.standard
        let metric = try registry.metric(expected.className, options: expected.config.options)
            .metric(targets: [1, 1], outputs: [1, 1])
        let again = try registry.metric(metric.className, options: metric.options)
            .metric(targets: [1, 1], outputs: [1, 1])
        #expect(again.options == metric.options)
        if metric.className == expected.className && !(metric is LossMetric) {
            #expect(Set(metric.options.names) == Set(expected.config.options.names))
        }
    }

    @Test(arguments: golden?.cases ?? [])
    func goesOnFromItsSums(_ expected: Golden.Case) throws {
        let choice = try MetricRegistry.standard.metric(expected.className, options: expected.config.options)
        var metrics = [
            choice.metric(targets: [1, 1], outputs: [1, 1]), choice.metric(targets: [1, 1], outputs: [1, 1]),
        ]
        for (position, batch) in expected.batches.enumerated() {
            let targets = Tensor(Shape(batch.shape[0]), batch.targets)
            let prediction = Prediction(Tensor(Shape(batch.shape[1]), batch.outputs))
            metrics[0].update(targets, prediction, weights: nil, on: WorkerPool(threads: 1))
            if position == 0 { metrics[1].sums = metrics[0].sums }
            if position > 0 { metrics[1].update(targets, prediction, weights: nil, on: WorkerPool(threads: 1)) }
        }
        #expect(metrics[0].result == metrics[1].result || metrics[0].result.isNaN)
        #expect(metrics[0].sums == metrics[1].sums)
    }

    @Test(arguments: golden?.cases ?? [])
    func beginsAnewWhereSumsAreNotItsOwn(_ expected: Golden.Case) throws {
        let choice = try MetricRegistry.standard.metric(expected.className, options: expected.config.options)
        var metric = choice.metric(targets: [1, 1], outputs: [1, 1])
        let batch = expected.batches[0]
        for count in [0, 1, 3, 4] {
            metric.sums = [Double](repeating: 7, count: count)
            _ = metric.result  // No sums end the process.
            metric.update(
                Tensor(Shape(batch.shape[0]), batch.targets),
                Prediction(Tensor(Shape(batch.shape[1]), batch.outputs)), weights: nil, on: WorkerPool(threads: 1))
            // The few cases of a single threshold have four sums themselves.
            if count < 4 { #expect(gap([Float(metric.result)], [expected.results[0]]) < 1) }
        }
    }

    /// A metric, and shapes that it cannot take.
    struct Misfit: Sendable {
        var name: String
        var options: Options = [:]
        var targets: Shape
        var outputs: Shape
        var problem: String
    }

    @Test(arguments: [
        Misfit(name: "AUC", targets: [-1], outputs: [-1, 10], problem: "it expects a target for each output"),
        Misfit(name: "BinaryAccuracy", targets: [-1], outputs: [-1, 10], problem: "it expects a target for each"),
        Misfit(name: "mse", targets: [-1], outputs: [-1, 10], problem: "it expects targets of shape [?, 10]"),
        Misfit(
            name: "Precision", options: ["class_id": 3], targets: [-1, 3], outputs: [-1, 3], problem: "its class_id 3"),
        Misfit(
            name: "Recall", options: ["top_k": 4], targets: [-1, 3], outputs: [-1, 3], problem: "its top_k 4 is more"),
        Misfit(
            name: "AUC", options: ["multi_label": true, "num_labels": 4], targets: [-1, 3], outputs: [-1, 3],
            problem: "it has 4 labels"),
        Misfit(
            name: "AUC", options: ["label_weights": [1, 2]], targets: [-1, 3], outputs: [-1, 3],
            problem: "it has label_weights for 2 labels, but the outputs have 3"),
        Misfit(
            name: "AUC", options: ["multi_label": true], targets: [-1, 2, 3], outputs: [-1, 2, 3],
            problem: "with multi_label it expects"),
        Misfit(
            name: "F1Score", targets: [-1, 2, 3], outputs: [-1, 2, 3], problem: "it expects outputs of shape [batch"),
        Misfit(
            name: "R2Score", targets: [-1, 2, 3], outputs: [-1, 2, 3], problem: "it expects outputs of shape [batch"),
        Misfit(
            name: "MeanIoU", options: ["num_classes": 3], targets: [-1], outputs: [-1, 3],
            problem: "targets of shape [?] have not one class for each"),
        Misfit(
            name: "OneHotMeanIoU", options: ["num_classes": 3], targets: [-1, 4], outputs: [-1, 4],
            problem: "with num_classes 3 it expects y_true"),
        Misfit(
            name: "SparseCategoricalAccuracy", targets: [-1, 3], outputs: [-1, 3],
            problem: "it expects the number of a class for each row"),
    ])
    func saysWhichShapesItCannotTake(_ misfit: Misfit) throws {
        let metric = try MetricRegistry.standard.metric(misfit.name, options: misfit.options)
            .metric(targets: misfit.targets, outputs: misfit.outputs)
        let problem = metric.problem(targets: misfit.targets, outputs: misfit.outputs)
        #expect(problem?.hasPrefix(misfit.problem) == true, "\(problem ?? "none")")
    }

    @Test func trainingRefusesAMetricThatDoesNotFit() throws {
        let model = try Model.sequential(inputShape: [4], [("scores", Dense(units: 3, activation: .softmax))], seed: 1)
        let metric = try MetricRegistry.standard.metric("AUC")
        var trainer = Trainer(
            model, optimizer: SGD(learningRate: 0.1), loss: SparseCategoricalCrossentropy(), metrics: [metric])
        let error = #expect(throws: TrainingError.self) {
            _ = try trainer.trainOnBatch([Tensor([2, 4], repeating: 1)], [Tensor([2], [0, 2])])
        }
        #expect(
            error?.description
                == "output \"scores\": the metric auc cannot be taken: it expects a target for each output of shape "
                + "[2, 3], found targets of shape [2]")
    }

    @Test(
        arguments: [
            ("Precision", ["thresholds": [0.5, 1.5]], "thresholds"), ("Recall", ["top_k": 0], "top_k"),
            ("AUC", ["num_thresholds": 1], "num_thresholds"), ("AUC", ["curve": "DET"], "curve"),
            ("MeanIoU", ["num_classes": 0], "num_classes"), ("MeanIoU", ["num_classes": 2, "axis": 1], "axis"),
            ("IoU", ["num_classes": 2, "target_class_ids": [2]], "target_class_ids"),
            ("F1Score", ["threshold": 0], "threshold"), ("F1Score", ["average": "samples"], "average"),
            ("FBetaScore", ["beta": 0], "beta"), ("PearsonCorrelation", ["axis": 0], "axis"),
            ("R2Score", ["num_regressors": -1], "num_regressors"),
            ("PrecisionAtRecall", ["recall": 1.5], "recall"), ("MeanMetricWrapper", ["fn": "odd"], "fn"),
        ] as [(String, Options, String)])
    func refusesAnOptionByNameAndValue(_ name: String, _ options: Options, _ option: String) throws {
        let value = try #require(options[option])
        let error = #expect(throws: ConfigurationError.self) {
            try MetricRegistry.standard.metric(name, options: options)
        }
        #expect(
            error?.description.hasPrefix(
                "metric \"\(name)\": option \"\(option)\" has value \(value), which is not supported; expected ")
                == true)
    }

    @Test func tellsWhyAMetricIsLeftOut() {
        let error = #expect(throws: ConfigurationError.self) { try MetricRegistry.standard.metric("Mean") }
        #expect(error?.description.hasPrefix("metric \"Mean\" is not supported: it takes one stream of values") == true)
    }

    struct Resolution: Sendable {
        var targets: Shape
        var outputs: Shape
        var className: String
    }

    @Test(arguments: [
        Resolution(targets: [4], outputs: [4, 10], className: "SparseCategoricalAccuracy"),
        Resolution(targets: [4, 1], outputs: [4, 10], className: "SparseCategoricalAccuracy"),
        Resolution(targets: [4, 10], outputs: [4, 10], className: "CategoricalAccuracy"),
        Resolution(targets: [4, 1], outputs: [4, 1], className: "BinaryAccuracy"),
        Resolution(targets: [4], outputs: [4, 1], className: "BinaryAccuracy"),
    ])
    func accuracyFollowsTheShapes(_ expected: Resolution) {
        let metric = MetricChoice.accuracy.metric(targets: expected.targets, outputs: expected.outputs)
        #expect(metric.className == expected.className)
        #expect(metric.name == "accuracy")
    }
}
