import Networks
import Tensors
import TestSupport
import Testing

@Suite struct ActivationTests {
    /// What Keras 3.15.1 on TensorFlow 2.21 gives for `x`, and its gradients for `dy`.
    static let golden: [(name: String, y: [Float], dx: [Float])] = [
        (
            "celu", [-0.9698026, -0.7134952, -0.3127107, 0.25, 0.875, 4.5],
            [0.030197384, -0.1432524, 1.3745786, 0.75, -1.5, 1]
        ),
        (
            "elu", [-0.9698026, -0.7134952, -0.3127107, 0.25, 0.875, 4.5],
            [0.030197382, -0.1432524, 1.3745786, 0.75, -1.5, 1]
        ),
        (
            "exponential", [0.030197384, 0.2865048, 0.6872893, 1.2840254, 2.3988752, 90.01713],
            [0.030197384, -0.1432524, 1.3745786, 0.9630191, -3.5983129, 90.01713]
        ),
        (
            "gelu", [-0.00081420154, -0.13206226, -0.13268633, 0.14967658, 0.7080614, 4.4999847],
            [-0.0028217607, 0.061330788, 0.4287691, 0.52153003, -1.5708916, 1.0000685]
        ),
        ("hard_shrink", [-3.5, -1.25, 0, 0, 0.875, 4.5], [1, -0.5, 0, 0, -1.5, 1]),
        (
            "hard_sigmoid", [0, 0.29166666, 0.4375, 0.5416667, 0.6458333, 1],
            [0, -0.083333336, 0.33333334, 0.125, -0.25, 0]
        ),
        (
            "hard_silu", [0, -0.3645833, -0.1640625, 0.13541667, 0.5651041, 4.5],
            [0, -0.041666664, 0.75, 0.4375, -1.1875, 1]
        ),
        ("hard_tanh", [-1, -1, -0.375, 0.25, 0.875, 1], [0, 0, 2, 0.75, -1.5, 0]),
        ("leaky_relu", [-0.7, -0.25, -0.075, 0.25, 0.875, 4.5], [0.2, -0.1, 0.4, 0.75, -1.5, 1]),
        ("linear", [-3.5, -1.25, -0.375, 0.25, 0.875, 4.5], [1, -0.5, 2, 0.75, -1.5, 1]),
        (
            "log_sigmoid", [-3.5297503, -1.501929, -0.89812326, -0.5759394, -0.34844458, -0.011047745],
            [0.97068775, -0.3886499, 1.1853333, 0.32836762, -0.44132245, 0.010986943]
        ),
        (
            "log_softmax", [-8.050756, -5.8007565, -4.9257565, -4.3007565, -3.6757565, -0.0507565],
            [0.99912316, -0.5083195, 1.9800426, 0.7127147, -1.5696582, -1.6139028]
        ),
        (
            "mish", [-0.10409576, -0.30841395, -0.18004009, 0.16957241, 0.73558396, 4.498914],
            [-0.07276041, 0.0073487908, 0.72513235, 0.56562954, -1.5326774, 1.0019066]
        ),
        ("relu", [0, 0, 0, 0.25, 0.875, 4.5], [0, 0, 0, 0.75, -1.5, 1]),
        ("relu6", [0, 0, 0, 0.25, 0.875, 4.5], [0, 0, 0, 0.75, -1.5, 1]),
        (
            "selu", [-1.7050093, -1.2543954, -0.5497765, 0.26267526, 0.9193634, 4.7281547],
            [0.053089976, -0.25185198, 2.4166455, 0.78802574, -1.5760515, 1.050701]
        ),
        (
            "sigmoid", [0.02931223, 0.22270015, 0.40733343, 0.5621765, 0.70578504, 0.9890131],
            [0.028453022, -0.0865524, 0.48282582, 0.18460056, -0.31147876, 0.010866212]
        ),
        (
            "silu", [-0.10259281, -0.27837518, -0.15275005, 0.14054413, 0.61756194, 4.4505587],
            [-0.07027335, -0.003159575, 0.63360715, 0.46778253, -1.3312215, 1.0379109]
        ),
        ("soft_shrink", [-3, -0.75, 0, 0, 0.375, 4], [1, -0.5, 0, 0, -1.5, 1]),
        (
            "softmax", [0.0003188606, 0.0030252652, 0.007257234, 0.013558298, 0.025330236, 0.9505101],
            [0.000020405752, -0.0043442934, 0.0077216667, -0.0025219, -0.06170456, 0.06082869]
        ),
        (
            "softplus", [0.029750418, 0.25192907, 0.52312326, 0.8259394, 1.2234446, 4.511048],
            [0.02931223, -0.111350074, 0.81466687, 0.4216324, -1.0586776, 0.9890131]
        ),
        (
            "softsign", [-0.7777778, -0.5555556, -0.27272728, 0.2, 0.46666667, 0.8181818],
            [0.049382716, -0.09876543, 1.0578512, 0.48, -0.42666668, 0.03305785]
        ),
        ("sparse_plus", [0, 0, 0.09765625, 0.390625, 0.87890625, 4.5], [0, 0, 0.625, 0.46875, -1.40625, 1]),
        ("sparse_sigmoid", [0, 0, 0.3125, 0.625, 0.9375, 1], [0, 0, 1, 0.375, -0.75, 0]),
        ("sparsemax", [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0]),
        (
            "squareplus", [0.26556444, 0.5542476, 0.82992625, 1.1327822, 1.5290155, 4.7122145],
            [0.06587845, -0.11750026, 0.81571144, 0.42151302, -1.0506141, 0.9569057]
        ),
        (
            "tanh", [-0.99817795, -0.8482837, -0.3583574, 0.24491866, 0.7039056, 0.9997532],
            [0.003640771, -0.14020738, 1.74316, 0.7050111, -0.75677544, 0.00049358606]
        ),
        (
            "tanh_shrink", [-2.501822, -0.4017163, -0.0166426, 0.0050813407, 0.17109442, 3.5002468],
            [0.9963592, -0.35979262, 0.25684, 0.04498887, -0.74322456, 0.9995064]
        ),
    ]
    static let x = Tensor([1, 6], [-3.5, -1.25, -0.375, 0.25, 0.875, 4.5])
    static let dy = Tensor([1, 6], [1, -0.5, 2, 0.75, -1.5, 1])

    @Test(arguments: golden.map(\.name))
    func givesWhatKerasGives(_ name: String) throws {
        let activation = try #require(Activation(name: name))
        let golden = try #require(Self.golden.first { $0.name == name })
        let expected = LayerCheck.Golden(
            outputs: [Tensor([1, 6], golden.y)], outputGradients: [Self.dy],
            inputGradients: [Tensor([1, 6], golden.dx)])
        let check = LayerCheck(ActivationLayer(activation), inputs: [Self.x])
        #expect(check.problems(against: expected, tolerance: 2e-6, gradientTolerance: 2e-6) == [])
    }

    @Test(arguments: golden.map(\.name) + ["gelu_approximate", "hard_sigmoid_keras2"])
    func passesTheHarness(_ name: String) throws {
        let activation = try #require(Activation(name: name))
        #expect(LayerCheck(ActivationLayer(activation), inputs: [3, 7]).problems() == [])
        #expect(LayerCheck(ActivationLayer(activation), inputs: [1, 2, 2, 1]).problems() == [])
    }

    @Test(arguments: golden.map(\.name) + ["gelu_approximate", "hard_sigmoid_keras2"])
    func needsTheInputNowhereButWhereItSaysSo(_ name: String) throws {
        let activation = try #require(Activation(name: name))
        let pool = WorkerPool(threads: 1)
        let y = activation(Self.x, on: pool)
        let fromOutput = activation.gradient(Self.dy, x: y, y: y, on: pool)
        let fromInput = activation.gradient(Self.dy, x: Self.x, y: y, on: pool)
        #expect(activation.gradientNeedsInput || fromOutput == fromInput)
    }

    @Test(arguments: golden.map(\.name).filter { $0 != "exponential" })
    func staysFiniteFarOut(_ name: String) throws {
        let activation = try #require(Activation(name: name))
        let pool = WorkerPool(threads: 1)
        let x = Tensor([1, 2], [-1000, 1000])
        let y = activation(x, on: pool)
        #expect(y.elements.allSatisfy { $0.isFinite })
        let gradient = activation.gradient(Tensor([1, 2], repeating: 1), x: x, y: y, on: pool)
        #expect(gradient.elements.allSatisfy { $0.isFinite })
    }

    @Test(arguments: Activation.named.map(\.name).filter { !$0.contains("shrink") && !$0.hasPrefix("sparse") })
    func keepsNaN(_ name: String) throws {
        let activation = try #require(Activation(name: name))
        #expect(activation(Tensor([1, 1], [.nan]), on: .shared)[0].isNaN)
    }

    @Test(arguments: [Activation.softmax(axis: 1), .softmax(axis: -2), .logSoftmax(axis: 2), .sparsemax(axis: 1)])
    func worksAlongAnyAxis(_ activation: Activation) {
        struct Along: ActivationApplying {
            static let kerasName = "Along"
            var activation: Activation
            init(_ activation: Activation) { self.activation = activation }
            init(from options: inout OptionReader) throws(OptionError) { activation = .linear }
            var options: Options { [:] }
        }
        let check = LayerCheck(Along(activation), inputs: [2, 3, 4, 5])
        #expect(check.shapeProblems() + check.gradientProblems() + check.threadProblems() == [])
    }

    @Test func softmaxAlongAnAxisSumsToOneThere() {
        let y = Activation.softmax(axis: 1)(Tensor([1, 2, 2], [0, 1, 0, 1]), on: .shared)
        #expect(y == Tensor([1, 2, 2], [0.5, 0.5, 0.5, 0.5]))
    }

    @Test func knowsTheTwoHardSigmoids() {
        let x = Tensor([1, 2], [-2, 1])
        #expect(Activation.hardSigmoid(x, on: .shared).elements == [1.0 / 6, 4.0 / 6])
        #expect(
            Activation.hardSigmoidKeras2(x, on: .shared).elements.map { ($0 * 1e6).rounded() } == [100_000, 700_000])
    }

    @Test func readsLayersAsActivations() throws {
        func read(_ value: OptionValue) throws -> Activation? {
            let options: Options = ["activation": value]
            let layer = try LayerRegistry.keras.layer(named: "a", className: "Activation", options: options)
            return (layer as? ActivationLayer)?.activation
        }
        let leaky: OptionValue = [
            "module": "keras.layers", "class_name": "LeakyReLU",
            "config": ["name": "leaky_re_lu", "trainable": true, "dtype": "float32", "negative_slope": 0.25],
            "registered_name": nil,
        ]
        let spellings: [(OptionValue, Activation)] = [
            (leaky, .leakyReLU(slope: 0.25)), (["class_name": "ReLU", "config": ["max_value": 6.0]], .relu6),
            (["class_name": "ELU", "config": ["alpha": 0.5]], .elu(alpha: 0.5)),
            (["class_name": "Softmax", "config": ["axis": 1]], .softmax(axis: 1)),
            (["class_name": "function", "config": "tanh", "registered_name": "function"], .tanh), ("swish", .silu),
        ]
        for (value, activation) in spellings { #expect(try read(value) == activation) }
    }

    @Test func refusesAFunctionItDoesNotKnow() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "a", className: "Activation", options: ["activation": "threshold"])
        }
        #expect(
            error?.description.hasPrefix(
                "layer \"a\": option \"activation\" has value \"threshold\", which is not supported; expected one of celu, elu"
            )
                == true)
    }
}
