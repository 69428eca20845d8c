import Networks
import Tensors
import TestSupport
import Testing

@Suite struct Conv2DTests {
    @Test func slidesTheKernelWithoutFlippingIt() {
        let layer = Conv2D(filters: 1, kernelSize: [2, 2])
        let image = Tensor([1, 2, 3, 1], [1, 2, 3, 4, 5, 6])
        let pass = layer.forward(image, [Tensor([2, 2, 1, 1], [1, 10, 100, 1000]), Tensor([1], [0.5])], Context())
        #expect(pass.y == Tensor([1, 1, 2, 1], [5421.5, 6532.5]))
    }

    @Test func samePutsTheExtraZerosLast() {
        let layer = Conv2D(filters: 1, kernelSize: [1, 2], padding: .same, useBias: false)
        let pass = layer.forward(Tensor([1, 1, 3, 1], [1, 2, 3]), [Tensor([1, 2, 1, 1], [1, 10])], Context())
        #expect(pass.y == Tensor([1, 1, 3, 1], [21, 32, 3]))
    }

    @Test func groupsDoNotSeeEachOther() {
        let layer = Conv2D(filters: 2, kernelSize: [1, 1], groups: 2, useBias: false)
        let pass = layer.forward(
            Tensor([1, 1, 1, 4], [1, 2, 3, 4]), [Tensor([1, 1, 2, 2], [1, 10, 100, 1000])], Context())
        #expect(pass.y == Tensor([1, 1, 1, 2], [201, 4030]))
    }

    static let cases: [(layer: Conv2D, input: Shape)] = {
        var cases: [(Conv2D, Shape)] = [
            (Conv2D(filters: 1, kernelSize: [1, 1]), [1, 1, 1, 1]),
            (Conv2D(filters: 2, kernelSize: [5, 5], strides: [2, 3], padding: .same), [1, 3, 7, 3]),
            (Conv2D(filters: 3, kernelSize: [2, 1], strides: [3, 2]), [2, 8, 5, 2]),
            (Conv2D(filters: 4, kernelSize: [3, 2], padding: .same, groups: 2, activation: .relu), [2, 4, 3, 6]),
            (Conv2D(filters: 3, kernelSize: [3, 3], groups: 3, activation: .silu, useBias: false), [1, 4, 5, 3]),
            (Conv2D(filters: 31, kernelSize: [1, 3], activation: .softmax), [1, 2, 3, 1]),
            (
                Conv2D(
                    filters: 2, kernelSize: [2, 2], padding: .same, dilationRate: [2, 3],
                    activation: .leakyReLU(slope: 0.1),
                    kernel: WeightOptions(
                        .constant(0.5), regularizer: .l1(0.1), constraint: .maxNorm(2, axes: [0, 1, 2])),
                    bias: WeightOptions(.randomUniform(from: 0, to: 1)), activityRegularizer: .l2(0.5)),
                [1, 5, 6, 2]
            ),
        ]
        for padding in [Padding.valid, .same] {
            for (stride, dilation) in [(1, 1), (2, 1), (1, 2)] {
                let layer = Conv2D(
                    filters: 2, kernelSize: [3, 2], strides: [stride, stride], padding: padding,
                    dilationRate: [dilation, dilation], activation: .tanh)
                cases.append((layer, [2, 6, 7, 3]))
            }
        }
        return cases
    }()

    @Test(arguments: cases.indices)
    func passesTheHarness(_ index: Int) {
        #expect(LayerCheck(Self.cases[index].layer, inputs: Self.cases[index].input).problems() == [])
    }

    @Test(arguments: [
        (Padding.valid, 28, 3, 1, 1, 26), (.valid, 28, 3, 2, 1, 13), (.valid, 7, 3, 1, 3, 1), (.same, 28, 3, 1, 1, 28),
        (.same, 28, 3, 2, 1, 14), (.same, 5, 2, 3, 1, 2), (.valid, Shape.unknown, 3, 1, 1, Shape.unknown),
    ])
    func countsPositions(
        _ padding: Padding, _ extent: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ expected: Int
    )
        throws
    {
        let layer = Conv2D(
            filters: 8, kernelSize: [kernel, kernel], strides: [stride, stride], padding: padding,
            dilationRate: [dilation, dilation])
        #expect(try layer.outputShape(for: [-1, extent, extent, 3]) == [-1, expected, expected, 8])
    }

    @Test(arguments: [
        ([1, 2, 28, 1], "Conv2D(32) expects a height of at least 3, found shape [1, 2, 28, 1]"),
        ([28, 28, 1], "Conv2D(32) expects [batch, height, width, channels], found shape [28, 28, 1]"),
        ([1, 8, 8, -1], "Conv2D(32) expects [batch, height, width, channels], found shape [1, 8, 8, ?]"),
    ])
    func refusesShapesItCannotTake(_ extents: [Int], _ message: String) {
        let error = #expect(throws: ShapeError.self) {
            try Conv2D(filters: 32, kernelSize: [3, 3]).outputShape(for: Shape(extents))
        }
        #expect(error?.description == message)
    }

    @Test func refusesUnequalGroups() {
        let error = #expect(throws: ShapeError.self) {
            try Conv2D(filters: 4, kernelSize: [1, 1], groups: 2).outputShape(for: [1, 2, 2, 3])
        }
        #expect(
            error?.description == "Conv2D(4) expects channels and filters in 2 equal groups, found shape [1, 2, 2, 3]")
    }

    @Test func refusesStridesBesideDilation() {
        #expect(throws: ShapeError.self) {
            try Conv2D(filters: 1, kernelSize: [2, 2], strides: [2, 1], dilationRate: [1, 2]).outputShape(for: [
                1, 9, 9, 1,
            ])
        }
    }

    @Test(
        arguments: [
            (["data_format": "channels_middle"], "\"data_format\" has value \"channels_middle\""),
            (["padding": "causal"], "\"padding\" has value \"causal\""),
            (["strides": [0, 1]], "\"strides\" has value [0, 1]"),
            (["kernel_regularizer": ["class_name": "HoyerRegularizer", "config": [:]]], "\"kernel_regularizer\""),
            (["kernel_initializer": ["class_name": "MyInitializer", "config": [:]]], "\"kernel_initializer\""),
        ] as [(Options, String)])
    func namesTheValueItRefuses(_ option: Options, _ message: String) {
        var options = Conv2D(filters: 2, kernelSize: [3, 3]).options
        for (name, value) in option.pairs { options[name] = value }
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "conv2d", className: "Conv2D", options: options)
        }
        #expect(error?.description.contains("layer \"conv2d\": option \(message)") == true)
        #expect(error?.description.contains("which is not supported; expected") == true)
    }

    @Test func writesTheOptionsOfKeras3InItsOrder() {
        #expect(
            Conv2D(filters: 2, kernelSize: [3, 3]).options.names == [
                "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups", "activation",
                "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer",
                "activity_regularizer", "kernel_constraint", "bias_constraint",
            ])
    }

    @Test func countsMultiplyAdds() throws {
        #expect(try Conv2D(filters: 32, kernelSize: [3, 3]).multiplyAdds(for: [[1, 28, 28, 1]]) == 26 * 26 * 9 * 32)
    }
}
