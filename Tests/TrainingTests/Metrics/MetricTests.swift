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
        #expect(metric.className == expected.className)
        for _ in 0..<2 {
            var results: [Float] = []
            for (position, batch) in expected.batches.enumerated() {
                metric.update(
                    Tensor(Shape(batch.shape[0]), batch.targets),
                    Prediction(Tensor(Shape(batch.shape[1]), batch.outputs)),
                    weights: position == 2 ? golden.sampleWeights : nil, on: WorkerPool(threads: 1))
                results.append(Float(metric.result))
            }
            #expect(gap(results, expected.results) < 1)
            metric.reset()
        }
    }

    @Test func goldenNumbersAreThere() throws {
        let golden: Golden = try trainingFixture("metrics")
        #expect(golden.cases.count > 12)
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
