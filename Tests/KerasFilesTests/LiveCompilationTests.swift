import Foundation
import KerasFiles
import Networks
import Parity
import Tensors
import TestSupport
import Testing
import Training

/// Models compiled in Keras with each loss and metric: the same numbers here before and after a step, and back in Keras.
@Suite(.serialized) struct LiveCompilationTests {
    /// What a model says, and what it should say.
    enum Head: String {
        case classes = "L.Flatten(), L.Dense(4, activation='softmax')"
        case bits = "L.Flatten(), L.Dense(4, activation='sigmoid')"
        case numbers = "L.Flatten(), L.Dense(4)"
        case units = "L.Flatten(), L.Dense(4), L.UnitNormalization()"
        case orthogonal =
            "L.Flatten(), L.Dense(5, kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.3, 'columns')), L.Dense(4, kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.2))"
        case steps = "L.Reshape((9, 2)), L.Dense(4)"
        case map = "L.Conv2D(4, 1, activation='softmax')"

        /// The shape of the outputs of one sample.
        var outputs: [Int] { self == .map ? [3, 3, 4] : self == .steps ? [9, 4] : [4] }
    }

    struct Compilation: Sendable, CustomTestStringConvertible {
        var head: Head
        var loss: String
        var isSparse = false
        /// Expressions of Python, with `M` for `keras.metrics` and `F` for `keras.losses`.
        var metrics: [String] = []

        var testDescription: String { "\(head), \(loss)" }

        /// Whole numbers, one-hot rows, bits or numbers.
        var targets: Tensor {
            let samples = LiveCompilationTests.samples
            let sample = head == .steps ? [3] : isSparse ? head.outputs.dropLast() : head.outputs[...]
            let shape = Shape([samples] + sample)
            func place(_ i: Int) -> Int { i * 7 % 11 % 4 }
            return Tensor(
                shape,
                (0..<shape.elementCount).map { i in
                    if head == .steps { return i % 3 == 2 && i % 2 == 0 ? 0 : Float(i * 7 % 11 % 3 + 1) }
                    if isSparse { return Float(place(i)) }
                    switch head {
                    case .classes, .map: return place(i / 4) == i % 4 ? 1 : 0
                    case .bits: return Float(i * 5 % 7 % 2)
                    case .numbers, .units, .orthogonal, .steps: return Float(i * 37 % 101) / 50 - 1
                    }
                })
        }
    }

    static let compilations = [
        Compilation(
            head: .bits, loss: "'binary_crossentropy'",
            metrics: [
                "M.AUC()", "M.AUC(curve='PR', name='pr')",
                "M.AUC(curve='PRGAIN', summation_method='minoring', name='gain')",
                "M.AUC(multi_label=True, label_weights=[1.0, 0.5, 2.0, 1.0], thresholds=[0.3, 0.6], name='labels')",
                "M.Precision(thresholds=[0.3, 0.5])", "M.Recall(top_k=2)", "M.Recall(class_id=1, name='one')",
                "M.TruePositives()", "M.FalsePositives(0.4)", "M.TrueNegatives()", "M.FalseNegatives()",
                "M.SensitivityAtSpecificity(0.5)", "M.SpecificityAtSensitivity(0.5)", "M.PrecisionAtRecall(0.5)",
                "M.RecallAtPrecision(0.5, num_thresholds=50)", "M.FBetaScore(beta=2.0, threshold=0.5)", "M.BinaryIoU()",
                "M.BinaryAccuracy()", "M.Hinge()", "M.SquaredHinge()", "'accuracy'",
            ]),
        Compilation(
            head: .classes, loss: "F.categorical_crossentropy",
            metrics: [
                "M.F1Score(average='macro')", "M.F1Score(name='each')", "M.OneHotIoU(4, [0, 2])", "M.OneHotMeanIoU(4)",
                "M.CategoricalAccuracy()", "M.TopKCategoricalAccuracy(2)", "M.KLDivergence()", "M.CategoricalHinge()",
                "M.MeanMetricWrapper(M.categorical_accuracy, name='right')", "M.CategoricalCrossentropy()",
            ]),
        Compilation(
            head: .classes, loss: "F.CategoricalGeneralizedCrossEntropy(q=0.7)", isSparse: true,
            metrics: [
                "M.SparseCategoricalAccuracy()", "M.MeanIoU(4, sparse_y_pred=False)", "'acc'",
                "M.SparseTopKCategoricalAccuracy(2)", "M.SparseCategoricalCrossentropy()",
            ]),
        Compilation(
            head: .classes, loss: "F.SparseCategoricalCrossentropy(ignore_class=2)", isSparse: true,
            metrics: ["M.IoU(4, [1, 3], sparse_y_pred=False, ignore_class=2)"]),
        Compilation(
            head: .numbers, loss: "'mse'",
            metrics: [
                "M.R2Score()", "M.PearsonCorrelation()", "M.ConcordanceCorrelation()", "M.CosineSimilarity()",
                "M.LogCoshError()", "M.RootMeanSquaredError()", "M.Accuracy(name='same')", "F.mean_absolute_error",
                "M.MeanMetricWrapper(F.huber, name='wrapped', delta=0.5)", "'cosine_similarity'",
                "M.MeanMetricWrapper(F.cosine_similarity, name='negative')", "M.MeanAbsolutePercentageError()",
            ]),
        Compilation(head: .map, loss: "F.Dice()", metrics: ["M.OneHotMeanIoU(4)"]),
        Compilation(head: .map, loss: "F.Dice(axis=(1, 2))"),
        Compilation(head: .map, loss: "F.Tversky(alpha=0.3, beta=0.7, axis=-1)"),
        Compilation(head: .orthogonal, loss: "'mse'"),
        Compilation(head: .steps, loss: "F.CTC()", isSparse: true),
        Compilation(head: .units, loss: "F.Circle(gamma=8.0, margin=0.3)", isSparse: true),
    ]

    private static let samples = 16
    private static let inputs = Tensor([samples, 3, 3, 2], (0..<samples * 18).map { Float(($0 * 53) % 97) / 48 - 1 })

    @Test(arguments: compilations)
    func givesTheNumbersOfKerasAndGoesBack(_ compilation: Compilation) throws {
        let keras = try LiveKeras.of(.keras3)
        let path = try temporaryFolder().path
        let targets = compilation.targets
        let evaluation = """
            def evaluate(model):
                model.run_eagerly = True  # AUC of several labels at uneven thresholds fails in a graph
                logs = model.evaluate(*inputs, batch_size=6, verbose=0, return_dict=True)
                return {name: float(np.mean(value)) for name, value in logs.items()}
            """
        let expected = try keras.run(
            """
            keras.utils.set_random_seed(3)
            L, M, F = keras.layers, keras.metrics, keras.losses
            \(evaluation)
            model = keras.Sequential([L.Input((3, 3, 2)), \(compilation.head.rawValue)])
            model.compile("sgd", \(compilation.loss), metrics=[\(compilation.metrics.joined(separator: ", "))])
            model.save("\(path)/theirs.keras")
            before = evaluate(model)
            model.train_on_batch(*inputs)
            result = [before, evaluate(model)]
            """, inputs: [Self.inputs, targets]
        ).result
        let logs = try JSONDecoder().decode([[String: Double]].self, from: Data(expected.utf8))
        try #require(logs.count == 2)
        var trainer = try #require(try KerasFile.read(path + "/theirs.keras").trainer())
        let data = try Dataset(Samples(Self.inputs), Samples(targets))
        expectSame(try trainer.evaluate(data, batchSize: 6), logs[0])
        _ = try trainer.trainOnBatch([Self.inputs], [targets])
        expectSame(try trainer.evaluate(data, batchSize: 6), logs[1])

        #expect(try KerasFile(trainer).write(to: path + "/ours.keras", format: .archive) == [])
        let back = try keras.run(
            """
            \(evaluation)
            result = [evaluate(keras.models.load_model("\(path)/ours.keras"))]
            """, inputs: [Self.inputs, targets]
        ).result
        let again = try #require(try JSONDecoder().decode([[String: Double]].self, from: Data(back.utf8)).first)
        #expect(Set(again.keys) == Set(logs[1].keys))
        for (name, value) in logs[1] {
            #expect(abs((again[name] ?? .nan) - value) <= 1e-5 * max(1, abs(value)), "\(name) back in Keras")
        }
    }

    private func expectSame(_ ours: Logs, _ theirs: [String: Double]) {
        #expect(Set(ours.names) == Set(theirs.keys))
        for (name, value) in theirs {
            #expect(abs((ours[name] ?? .nan) - value) <= 1e-5 * max(1, abs(value)), "\(name)")
        }
    }
}
