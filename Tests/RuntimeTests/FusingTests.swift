import Networks
import Runtime
import Tensors
import TestSupport
import Testing

/// What a plan fuses, folds and prepares gives the same as the layers one after another.
@Suite struct FusingTests {
    /// A chain that a plan makes one step, and how many steps are left of it for prediction and for training.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var input: Shape
        var layers: [(name: String, layer: any Layer)]
        var prediction: Int
        var training: Int
        var testDescription: String { name }
    }

    private static func conv(_ activation: Activation, filters: Int = 20, padding: Padding = .valid) -> Conv2D {
        Conv2D(filters: filters, kernelSize: [3, 3], padding: padding, activation: activation)
    }

    static let cases: [Case] = [
        Case(
            name: "convolution by Winograd, relu, pooling, dropout", input: [17, 18, 16],
            layers: [("a", conv(.relu)), ("b", MaxPooling2D()), ("c", Dropout(rate: 0.3))], prediction: 3, training: 2),
        Case(
            name: "direct convolution, pooling", input: [9, 7, 3],
            layers: [("a", conv(.linear, filters: 5)), ("b", MaxPooling2D())], prediction: 2, training: 2),
        Case(
            name: "convolution, normalization, relu, pooling", input: [12, 12, 16],
            layers: [
                ("a", conv(.linear, padding: .same)), ("b", BatchNormalization()), ("c", ReLU()), ("d", MaxPooling2D()),
            ], prediction: 2, training: 4),
        Case(
            name: "padding, strided convolution without bias, normalization, relu6", input: [11, 10, 4],
            layers: [
                ("a", ZeroPadding2D(padding: Padding2D(top: 0, left: 1, bottom: 1, right: 0))),
                ("b", Conv2D(filters: 6, kernelSize: [3, 3], strides: [2, 2], useBias: false)),
                ("c", BatchNormalization(epsilon: 1e-5, scale: false)), ("d", ReLU(maxValue: 6)),
            ], prediction: 2, training: 5),
        Case(
            name: "depthwise convolution, normalization, silu", input: [8, 8, 6],
            layers: [
                ("a", DepthwiseConv2D(kernelSize: [3, 3], padding: .same)), ("b", BatchNormalization(center: false)),
                ("c", ActivationLayer(.silu)),
            ], prediction: 2, training: 4),
        Case(
            name: "depthwise convolution with a multiplier", input: [8, 8, 3],
            layers: [("a", DepthwiseConv2D(kernelSize: [3, 3], depthMultiplier: 2)), ("b", BatchNormalization())],
            prediction: 2, training: 3),
        Case(
            name: "inverted residual block: 1×1, padding, depthwise, 1×1, each with normalization", input: [38, 36, 6],
            layers: [
                ("a", Conv2D(filters: 97, kernelSize: [1, 1], useBias: false)), ("b", BatchNormalization()),
                ("c", ReLU(maxValue: 6)),
                ("d", ZeroPadding2D(padding: Padding2D(top: 1, left: 1, bottom: 1, right: 1))),
                ("e", DepthwiseConv2D(kernelSize: [3, 3], strides: [2, 2])), ("f", BatchNormalization()),
                ("g", ActivationLayer(.silu)), ("h", Conv2D(filters: 9, kernelSize: [1, 1])),
                ("i", BatchNormalization()), ("j", ActivationLayer(.softmax)),
            ], prediction: 3, training: 11),
        Case(
            name: "separable in two layers, then another 1×1 convolution", input: [20, 19, 8],
            layers: [
                ("a", DepthwiseConv2D(kernelSize: [3, 3])), ("b", Conv2D(filters: 7, kernelSize: [1, 1])),
                ("c", Conv2D(filters: 5, kernelSize: [1, 1])),
            ], prediction: 3, training: 4),
        Case(
            name: "a strided 1×1 convolution and one with softmax stay apart from depthwise ones", input: [8, 8, 4],
            layers: [
                ("a", Conv2D(filters: 6, kernelSize: [1, 1], strides: [2, 2])),
                ("b", DepthwiseConv2D(kernelSize: [3, 3], padding: .same)),
                ("c", Conv2D(filters: 6, kernelSize: [1, 1], activation: .softmax)),
                ("d", DepthwiseConv2D(kernelSize: [3, 3], padding: .same)),
            ], prediction: 4, training: 5),
        Case(
            name: "dense, normalization, tanh", input: [9],
            layers: [("a", Dense(units: 7)), ("b", BatchNormalization()), ("c", ActivationLayer(.tanh))], prediction: 2,
            training: 4),
        Case(
            name: "a kink before the normalization keeps it apart", input: [8, 8, 3],
            layers: [("a", conv(.relu)), ("b", BatchNormalization()), ("c", MaxPooling2D())], prediction: 4, training: 4
        ),
        Case(
            name: "normalization without scale, an activation layer that rectifies", input: [5, 6, 19],
            layers: [
                ("a", BatchNormalization(scale: false)), ("b", ActivationLayer(.relu)), ("c", ActivationLayer(.tanh)),
            ], prediction: 4, training: 3),
        Case(
            name: "normalization along another axis, relu", input: [6, 5, 7],
            layers: [("a", BatchNormalization(axis: 1)), ("b", ReLU()), ("c", ActivationLayer(.tanh))], prediction: 4,
            training: 3),
        Case(
            name: "other pooling stays apart", input: [9, 9, 3],
            layers: [("a", conv(.relu)), ("b", MaxPooling2D(poolSize: [3, 3], strides: [2, 2]))], prediction: 3,
            training: 3),
    ]

    /// The model with lively statistics and biases.
    private func model(_ fusing: Case) throws -> Model {
        var model = try Model.sequential(inputShape: fusing.input, fusing.layers, seed: 3)
        let random = Random(seed: 8)
        for layer in model.layers.indices {
            for (weight, spec) in model.layers[layer].specs.enumerated() where spec.shape.count == 1 {
                let low: Float = spec.name.contains("variance") || spec.name.contains("gamma") ? 0.5 : -0.5
                model.layers[layer].weights[weight] = LayerCheck.uniform(
                    spec.shape, random.stream(UInt64(10 * layer + weight)), from: low, to: 1.5)
            }
        }
        return model
    }

    private func input(_ fusing: Case, _ count: Int) -> Tensor {
        LayerCheck.uniform(Shape([count] + fusing.input), Random(seed: 9), from: -1, to: 1)
    }

    private func expectNear(_ a: Tensor, _ b: Tensor, _ what: String) {
        #expect(a.shape == b.shape, "\(what)")
        let largest = b.elements.reduce(1) { max($0, abs($1)) }
        let worst = zip(a.elements, b.elements).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(worst <= 2e-6 * largest, "\(what): \(worst) of \(largest)")
    }

    @Test(arguments: cases)
    func predictsAsTheLayersDo(_ fusing: Case) throws {
        let model = try model(fusing)
        var session = Session(model)
        #expect(session.plan.steps.count == fusing.prediction)
        for count in [1, 5, 1, 5] {  // the second time with what was prepared the first
            let x = input(fusing, count)
            let plain = try #require(try session.activations([x])[model.outputs[0]])
            expectNear(try session.predict([x])[0], plain, "\(count) samples")
        }
        // Weights that change are prepared anew.
        session.updateWeights { _, weight in weight = scaled(weight, by: 0.5, on: .shared) }
        let x = input(fusing, 2)
        let plain = try #require(try session.activations([x])[model.outputs[0]])
        expectNear(try session.predict([x])[0], plain, "after a change")
    }

    @Test(arguments: cases)
    func trainsAsTheLayersDo(_ fusing: Case) throws {
        let model = try model(fusing)
        #expect(Plan(model, for: .training).steps.count == fusing.training)
        let x = input(fusing, 6)
        let fast = Session(model)
        let plain = Session(model, plans: .layers)
        let random = Random(seed: 21)
        let runs = try [fast, plain].map { try $0.forward([x], mode: .training, random: random) }
        expectNear(runs[0].outputs[0], runs[1].outputs[0], "outputs")
        let direction = LayerCheck.uniform(runs[0].outputs[0].shape, Random(seed: 5), from: -1, to: 1)
        let gradients = zip([fast, plain], runs).map { $0.backward($1, .outputs([direction])) }
        for (position, (a, b)) in zip(gradients[0], gradients[1]).enumerated() {
            expectNear(a, b, "gradient \(position)")
        }
    }

    @Test func aModelThatIsReadInTheMiddleIsNotFused() throws {
        var model = try Model.sequential(
            inputShape: [8, 8, 3], [("a", Self.conv(.relu)), ("b", MaxPooling2D())], seed: 1)
        model.outputs.append(Source(layer: 1))
        #expect(Plan(model, for: .training).steps.count == 3)
        #expect(Plan(model, for: .prediction).steps.count == 3)
    }

    @Test func inputsOfChangingSizeArePreparedApart() throws {
        let model = try Model.sequential(
            inputShape: [Shape.unknown, Shape.unknown, 3],
            [("a", Self.conv(.relu)), ("b", MaxPooling2D()), ("c", GlobalAveragePooling2D())], seed: 1)
        let session = Session(model)
        for size in [8, 11, 14, 8] {
            let x = LayerCheck.uniform([2, size, size + 1, 3], Random(seed: 9), from: -1, to: 1)
            let plain = try #require(try session.activations([x])[model.outputs[0]])
            expectNear(try session.predict([x])[0], plain, "\(size)")
        }
    }
}
