import Foundation
import KerasFiles
import Networks
import Parity
import Runtime
import Tensors
import TestSupport
import Testing

/// Whole models of a running Keras: what they predict, their loss and its gradients, from files and back into them.
@Suite struct LiveModelTests {
    /// A model in Keras' words: `made` is to hold it, and `L` is `keras.layers`.
    struct LiveModel: Sendable, CustomTestStringConvertible {
        var name: String
        var engines = KerasProcess.Engine.allCases
        /// The shapes of the inputs; those named here hold words of five letters, 0 of which is none.
        var inputs: [Shape]
        var words: Set<Int> = []
        /// Inputs of ones and zeros.
        var flags: Set<Int> = []
        var source: String

        var testDescription: String { name }

        var tensors: [Tensor] {
            inputs.enumerated().map { position, shape in
                let random = Random(seed: 8).stream(UInt64(position))
                let x = LayerCheck.uniform(shape, random, from: -1, to: 1)
                // The first step always counts.
                if words.contains(position) {
                    return Tensor(
                        shape,
                        x.elements.enumerated().map { i, x in
                            i % shape[1] == 0 ? 1 : max(0, (x * 4.99).rounded(.down))
                        })
                }
                return flags.contains(position) ? Tensor(shape, x.elements.map { $0 > -0.5 ? 1 : 0 }) : x
            }
        }
    }

    static let masked: [LiveModel] = [
        LiveModel(
            name: "merges of masked sequences", inputs: [[3, 6], [3, 6]], words: [0, 1],
            source: """
                i, j = keras.Input((6,)), keras.Input((6,))
                e = L.Embedding(5, 4, mask_zero=True)
                a, b = e(i), e(j)
                joined = L.LSTM(3, return_sequences=True)(L.Concatenate(axis=1)([a, b]))
                wide = L.LSTM(3)(L.Concatenate()([a, b]))
                added = L.GRU(2)(L.Add()([a, b]))
                product = L.GlobalAveragePooling1D()(L.Multiply()([a, b]))
                largest = L.SimpleRNN(2)(L.Maximum()([a, b]))
                least = L.Bidirectional(L.GRU(2, return_sequences=True))(L.Minimum()([a, L.Dense(4)(b)]))
                ends = [L.GlobalAveragePooling1D()(joined), wide, added, product, largest, L.GRU(1)(least)]
                made = [keras.Model([i, j], L.Concatenate()(ends))]
                """),
        LiveModel(
            name: "attention between masked sequences", inputs: [[3, 6], [3, 5]], words: [0, 1],
            source: """
                i, j = keras.Input((6,)), keras.Input((5,))
                e = L.Embedding(5, 4, mask_zero=True)
                a, b = e(i), e(j)
                # MultiHeadAttention takes the masks off its inputs, so each has inputs of its own.
                plain = L.Flatten()(L.Attention()([b, b]))
                ends = [L.Attention(use_scale=True)([a, b]), L.AdditiveAttention()([a, b]),
                        L.MultiHeadAttention(2, 3)(L.Dense(4)(a), L.Dense(4)(b)),
                        L.MultiHeadAttention(2, 2)(L.Dense(4)(b), L.Dense(3)(a), use_causal_mask=True)]
                x = L.Dense(4)(a)
                ends = [L.LSTM(2)(x) for x in ends] + [L.GlobalAveragePooling1D()(L.MultiHeadAttention(2, 2)(x, x))]
                made = [keras.Model([i, j], L.Concatenate()(ends + [plain]))]
                """),
        LiveModel(
            name: "masks through models, wrappers and norms", inputs: [[3, 6]], words: [0],
            source: """
                i = keras.Input((6,))
                a = L.Embedding(5, 4, mask_zero=True)(i)
                inner = keras.Sequential([keras.Input((6, 4)), L.Dense(4), L.LSTM(3)])
                x = keras.Input((6, 4))
                other = keras.Model(x, L.GRU(2, return_sequences=True)(L.Dense(3)(x)), name="other")
                steps = L.TimeDistributed(L.Dense(3, activation="tanh"))(L.LayerNormalization()(a))
                normal = L.BatchNormalization()(a)
                ends = [inner(a), L.Flatten()(other(a)), L.LSTM(2)(steps), L.GlobalAveragePooling1D()(normal)]
                made = [keras.Model(i, L.Concatenate()(ends))]
                """),
        LiveModel(
            name: "a decoder that starts from an encoder's states", inputs: [[3, 6], [3, 5]], words: [0, 1],
            source: """
                i, j = keras.Input((6,)), keras.Input((5,))
                e = L.Embedding(5, 4, mask_zero=True)
                encoded, h, c = L.LSTM(3, return_state=True)(e(i))
                decoded = L.LSTM(3, return_sequences=True)(e(j), initial_state=[h, c])
                made = [keras.Model([i, j], [L.GRU(2)(decoded), L.TimeDistributed(L.Dense(2))(decoded)])]
                """),
        LiveModel(
            name: "blocks of attention, whose second finds no mask", inputs: [[3, 6]], words: [0],
            source: """
                i = keras.Input((6,))
                x = L.Embedding(5, 4, mask_zero=True)(i)
                for _ in range(2):
                    x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 3)(x, x)]))
                    x = L.Add()([x, L.Dense(4)(L.Dense(5, activation="relu")(x))])
                made = [keras.Model(i, [L.GlobalAveragePooling1D()(x), L.Flatten()(x)])]
                """),
        LiveModel(
            name: "masks made inside a model at every step", inputs: [[2, 3, 4]], words: [],
            source: """
                x = keras.Input((4,))
                inner = keras.Model(x, L.LSTM(2)(L.Masking()(L.Reshape((4, 1))(L.ReLU()(x)))))
                i = keras.Input((3, 4))
                made = [keras.Model(i, L.TimeDistributed(inner)(i))]
                """),
        LiveModel(
            name: "an attention mask that is an input", inputs: [[2, 4, 3], [2, 4, 4]], flags: [1],
            source: """
                i, m = keras.Input((4, 3)), keras.Input((4, 4))
                a = L.MultiHeadAttention(2, 3)(i, i, attention_mask=m, use_causal_mask=True)
                made = [keras.Model([i, m], L.Dense(2)(a))]
                """),
        LiveModel(
            name: "grouped attention between masked sequences", engines: [.keras3], inputs: [[3, 6], [3, 5]],
            words: [0, 1],
            source: """
                i, j = keras.Input((6,)), keras.Input((5,))
                e = L.Embedding(5, 4, mask_zero=True)
                a, b = e(i), e(j)
                one = L.GroupQueryAttention(2, 4, 2)(a, b)
                two = L.Attention()([L.Conv1D(4, 1)(a), b])
                made = [keras.Model([i, j], [L.LSTM(2)(one), two])]
                """),
    ]

    static let costly: [LiveModel] = [
        LiveModel(
            name: "costs of every layer's activity", inputs: [[3, 6, 4]],
            source: """
                l2 = lambda: keras.regularizers.L2(0.1)
                i = keras.Input((6, 4))
                x = L.Conv1D(3, 2, activation="relu", activity_regularizer=l2())(i)
                x = L.ActivityRegularization(l1=0.05, l2=0.02)(x)
                x = L.SeparableConv1D(4, 2, activity_regularizer=keras.regularizers.L1(0.03))(x)
                shared = L.Dense(4, activity_regularizer=l2())
                x = shared(shared(x))
                y, *states = L.LSTM(3, return_sequences=True, return_state=True, activity_regularizer=l2())(x)
                y = L.Bidirectional(L.GRU(2, return_sequences=True, activity_regularizer=l2()))(y)
                made = [keras.Model(i, L.Dense(3, activation="softmax", activity_regularizer=l2())(L.Flatten()(y)))]
                """),
        LiveModel(
            name: "costs inside of wrappers", inputs: [[2, 3, 4]],
            source: """
                l2 = lambda: keras.regularizers.L2(0.1)
                inner = keras.Sequential(
                    [keras.Input((4,)), L.Dense(3, activation="tanh", activity_regularizer=l2()),
                     L.ActivityRegularization(l2=0.2), L.Dense(2)])
                i = keras.Input((3, 4))
                x = L.TimeDistributed(L.Dense(4, activity_regularizer=l2()))(i)
                nested = keras.Sequential([keras.Input((3, 2)), L.Dense(2, activity_regularizer=l2())])
                made = [keras.Model(i, nested(L.TimeDistributed(inner)(x)))]
                """),
    ]

    /// A model with the Keras that makes it.
    struct Making: Sendable, CustomTestStringConvertible {
        var model: LiveModel
        var engine: KerasProcess.Engine
        var testDescription: String { "\(model.name), \(engine)" }
    }

    static let makings = (masked + costly).flatMap { model in model.engines.map { Making(model: model, engine: $0) } }

    @Test(arguments: makings)
    func predictsAndLearnsAsKerasDoes(_ making: Making) throws {
        let process = try LiveKeras.of(making.engine)
        let inputs = making.model.tensors
        let found = try process.run(
            """
            keras.utils.set_random_seed(3)
            L = keras.layers
            \(making.model.source)
            model = made[0]
            xs = [tf.constant(a) for a in inputs]
            before = [np.array(w) for w in model.weights]
            with tf.GradientTape() as tape:
                ys = model(xs if len(xs) > 1 else xs[0], training=True)
                ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
                cost = tf.add_n([tf.convert_to_tensor(l) for l in model.losses] + [tf.constant(0.0)])
                loss = cost + sum(tf.reduce_sum(y * y) / 2 for y in ys)
            found = tape.gradient(loss, [getattr(w, "value", w) if keras.__version__ > "3" else w for w in model.trainable_weights])
            found = [np.zeros(w.shape) if g is None else tf.convert_to_tensor(g).numpy() for g, w in zip(found, model.trainable_weights)]
            for weight, value in zip(model.weights, before): weight.assign(value)
            outputs = [np.asarray(a, "float32") for a in [cost.numpy()] + found]
            """, inputs: inputs)
        let keras = try #require(found.made.first)
        let expected = try keras.predict(inputs)
        let cost = try #require(found.outputs.first?.elements.first)
        let gradients = Array(found.outputs.dropFirst())

        let folder = FileManager.default.temporaryDirectory.appending(path: "live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left over is the system's to clean
        for name in ["live.keras", "live.h5"] {
            let path = folder.appending(path: name).path
            try keras.save(path)
            let file = try KerasFile.read(path)
            let session = Session(file.model)
            expectEqual(try session.predict(inputs), expected, 1e-5, "\(name): predicted")
            // The file's layers stand in the model's order.
            let run = try session.forward(inputs, mode: .training)
            #expect(abs(run.activityLoss - cost) <= 1e-5 * max(1, run.activityLoss), "\(name)")
            let ours = session.backward(run, .outputs(run.outputs), activityScale: 1)
            expectEqual(ours, gradients, 1e-4, "\(name): gradients")

            // Keras 3 takes an Attention's words in its own legacy files for functions.
            if name.hasSuffix("h5"), making.engine == .keras3, making.model.source.contains("L.Attention(") { continue }
            let again = folder.appending(path: "again-" + name).path
            try file.write(
                to: again, format: name.hasSuffix("h5") ? .legacyH5 : .archive,
                dialect: making.engine == .keras3 ? .keras3 : .keras2)
            expectEqual(try process.load(again).predict(inputs), expected, 1e-6, "\(name) again")
        }
    }

    /// Layers that keep their states from batch to batch, in Keras' words.
    static let stateful = [
        "L.LSTM(3, stateful=True)", "L.GRU(2, stateful=True, return_sequences=True, go_backwards=True)",
        "L.SimpleRNN(2, stateful=True, return_sequences=True)",
        "L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(2)]), stateful=True)",
        "L.Bidirectional(L.LSTM(2, stateful=True, return_sequences=True))",
    ]

    @Test(arguments: stateful, KerasProcess.Engine.allCases)
    func keepsStatesFromBatchToBatch(_ layer: String, _ engine: KerasProcess.Engine) throws {
        let process = try LiveKeras.of(engine)
        let x = LayerCheck.uniform([6, 4, 3], Random(seed: 2), from: -1, to: 1)
        let found = try process.run(
            """
            keras.utils.set_random_seed(3)
            L = keras.layers
            i = keras.Input((4, 3), batch_size=2)
            made = [keras.Model(i, \(layer)(L.Dense(3)(i)))]
            model, x = made[0], tf.constant(inputs[0])
            with tf.GradientTape() as tape:
                ys = []
                for k in range(3):
                    if k == 2: tape.reset()
                    ys.append(model(x[2 * k : 2 * k + 2], training=True))
                loss = tf.reduce_sum(ys[2] * ys[2]) / 2
            weights = [getattr(w, "value", w) if keras.__version__ > "3" else w for w in model.trainable_weights]
            outputs = [y.numpy() for y in ys] + [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, weights)]
            """, inputs: [x])
        let keras = try #require(found.made.first)
        let expected = Array(found.outputs.prefix(3))
        try #require(expected.count == 3)
        let batches = (0..<3).map { x.samples(2 * $0..<2 * $0 + 2) }

        let folder = FileManager.default.temporaryDirectory.appending(path: "states-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left over is the system's to clean
        for name in ["states.keras", "states.h5"] {
            let path = folder.appending(path: name).path
            try keras.save(path)
            let file = try KerasFile.read(path)
            var session = Session(file.model)
            // All at once, and from where the session stands: at the beginning, twice.
            for _ in 0..<2 {
                let whole = try session.predict([x])[0]
                expectEqual((0..<3).map { whole.samples(2 * $0..<2 * $0 + 2) }, expected, 1e-5, name)
            }
            expectEqual(try batches.map { try session.predictOn([$0])[0] }, expected, 1e-5, "\(name) by batches")
            session.resetStates()
            for batch in batches.prefix(2) { _ = try session.predictOn([batch]) }
            let run = try session.forward([batches[2]], mode: .training)
            expectEqual(run.outputs, [expected[2]], 1e-5, "\(name) in training")
            expectEqual(
                session.backward(run, .outputs(run.outputs)), Array(found.outputs.dropFirst(3)), 1e-4,
                "\(name): gradients")
            #expect(throws: InputError.batch(expected: 2, found: 1)) { try session.predict([x.samples(0..<3)]) }

            let again = folder.appending(path: "again-" + name).path
            try file.write(
                to: again, format: name.hasSuffix("h5") ? .legacyH5 : .archive,
                dialect: engine == .keras3 ? .keras3 : .keras2)
            expectEqual(
                try process.load(again).predict([batches[0]], batchSize: 2), [expected[0]], 1e-5, "\(name) again")
        }
    }

    @Test func refusesStatesWithoutAFixedBatch() throws {
        let layer = GRU(GRUCell(units: 2), SequenceOptions(stateful: true))
        #expect(throws: ShapeError.self) { try Model.sequential(inputShape: [4, 3], [("gru", layer)]) }
    }

    private func expectEqual(_ found: [Tensor], _ expected: [Tensor], _ tolerance: Float, _ what: String) {
        #expect(found.map(\.shape) == expected.map(\.shape), "\(what)")
        for (index, (ours, theirs)) in zip(found, expected).enumerated() {
            let fits = zip(ours.elements, theirs.elements).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
            #expect(fits, "\(what) \(index)")
        }
    }
}
