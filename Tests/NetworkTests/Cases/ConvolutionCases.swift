import Networks
import Tensors

extension LayerCase {
    static let convolutions: [LayerCase] = dense + conv1D + conv2D + conv3D + depthwise + separable + transposed

    /// Strides and dilations that Keras takes together.
    private static let steps = [(stride: 1, dilation: 1), (2, 1), (3, 1), (1, 2), (1, 3)]

    private static let regularized = WeightOptions(
        .seeded(.truncatedNormal(mean: 0, standardDeviation: 0.5), seed: 3), regularizer: .l1l2(l1: 0.1, l2: 0.2),
        constraint: .maxNorm(2, axes: [0, 1]))

    private static let dense: [LayerCase] = [
        LayerCase(Dense(units: 3), [2, 4]), LayerCase(Dense(units: 1, useBias: false), [1, 1]),
        LayerCase(Dense(units: 31, activation: .relu), [3, 17]),
        LayerCase(Dense(units: 5, activation: .softmax), [2, 3, 4]),
        LayerCase(Dense(units: 4, activation: .gelu, kernel: regularized), [2, 3]),
        LayerCase(Dense(units: 2, activation: .leakyReLU(slope: 0.1), activityRegularizer: .l2(0.1)), [2, 3]),
    ]

    private static let conv1D: [LayerCase] =
        Padding.allCases.flatMap { padding in
            steps.map { stride, dilation in
                LayerCase(
                    Conv1D(
                        filters: 3, kernelSize: [3], strides: [stride], padding: padding, dilationRate: [dilation],
                        activation: .tanh), [2, 11, 4])
            }
        } + [
            LayerCase(Conv1D(filters: 1, kernelSize: [1]), [1, 1, 1]),
            LayerCase(Conv1D(filters: 4, kernelSize: [2], strides: [5], groups: 2, useBias: false), [1, 9, 6]),
        ]

    private static let conv2D: [LayerCase] =
        [Padding.valid, .same].flatMap { padding in
            steps.flatMap { stride, dilation in
                [[1, 1], [3, 3], [2, 5], [4, 1]].map { size in
                    LayerCase(
                        Conv2D(
                            filters: 2, kernelSize: size, strides: [stride, stride], padding: padding,
                            dilationRate: [dilation, dilation]), [2, 12, 13, 3])
                }
            }
        } + [
            LayerCase(Conv2D(filters: 1, kernelSize: [1, 1]), [1, 1, 1, 1]),
            LayerCase(
                Conv2D(filters: 6, kernelSize: [3, 2], padding: .same, groups: 3, activation: .relu), [2, 4, 5, 9]),
            LayerCase(Conv2D(filters: 31, kernelSize: [3, 3], activation: .silu, useBias: false), [1, 5, 4, 31]),
            LayerCase(Conv2D(filters: 2, kernelSize: [2, 2], strides: [2, 3], padding: .same), [1, 7, 7, 1]),
            LayerCase(Conv2D(filters: 2, kernelSize: [1, 2], strides: [3, 4], kernel: regularized), [2, 7, 9, 3]),
            LayerCase(Conv2D(filters: 3, kernelSize: [3, 3], padding: .same, activation: .softmax), [1, 3, 3, 2]),
        ]

    private static let conv3D: [LayerCase] = [Padding.valid, .same].flatMap { padding in
        [
            LayerCase(
                Conv3D(filters: 2, kernelSize: [2, 3, 1], padding: padding, activation: .tanh), [2, 4, 5, 3, 2]),
            LayerCase(
                Conv3D(filters: 1, kernelSize: [3, 2, 2], strides: [2, 1, 3], padding: padding), [1, 5, 4, 6, 1]),
            LayerCase(
                Conv3D(filters: 4, kernelSize: [2, 2, 2], padding: padding, dilationRate: [2, 1, 2], useBias: false),
                [1, 4, 3, 5, 2]),
            LayerCase(
                Conv3DTranspose(filters: 2, kernelSize: [3, 2, 1], strides: [2, 2, 2], padding: padding),
                [2, 2, 3, 2, 3]),
            LayerCase(
                Conv3DTranspose(
                    filters: 1, kernelSize: [1, 3, 3], strides: [2, 1, 2], padding: padding, activation: .tanh),
                [1, 2, 2, 3, 1]),
            LayerCase(
                Conv3DTranspose(
                    filters: 2, kernelSize: [3, 3, 3], strides: [2, 2, 2], padding: padding, outputPadding: [1, 0, 1],
                    useBias: false), [1, 2, 2, 2, 2]),
        ]
    }

    private static let depthwise: [LayerCase] =
        [Padding.valid, .same].flatMap { padding in
            steps.flatMap { stride, dilation in
                [
                    LayerCase(
                        DepthwiseConv1D(
                            kernelSize: [3], strides: [stride], padding: padding, depthMultiplier: 2,
                            dilationRate: [dilation]), [2, 11, 3]),
                    LayerCase(
                        DepthwiseConv2D(
                            kernelSize: [3, 2], strides: [stride, stride], padding: padding, depthMultiplier: 2,
                            dilationRate: [dilation, dilation]), [2, 9, 10, 3]),
                ]
            }
        } + [
            LayerCase(DepthwiseConv2D(kernelSize: [3, 3], activation: .relu6, useBias: false), [1, 5, 5, 31]),
            LayerCase(DepthwiseConv2D(kernelSize: [1, 1], depthwise: regularized), [1, 1, 1, 1]),
        ]

    private static let separable: [LayerCase] = [Padding.valid, .same].flatMap { padding in
        [
            LayerCase(
                SeparableConv1D(filters: 4, kernelSize: [3], padding: padding, depthMultiplier: 2, activation: .elu),
                [2, 7, 3]),
            LayerCase(SeparableConv1D(filters: 2, kernelSize: [2], strides: [2], padding: padding), [1, 6, 1]),
            LayerCase(
                SeparableConv2D(
                    filters: 4, kernelSize: [3, 2], padding: padding, depthMultiplier: 3, activation: .tanh),
                [2, 5, 6, 2]),
            LayerCase(
                SeparableConv2D(filters: 5, kernelSize: [3, 3], strides: [2, 2], padding: padding, useBias: false),
                [1, 7, 8, 3]),
            LayerCase(
                SeparableConv2D(filters: 1, kernelSize: [2, 2], padding: padding, dilationRate: [2, 2]), [1, 6, 6, 2]),
        ]
    }

    private static let transposed: [LayerCase] =
        [Padding.valid, .same].flatMap { padding in
            (1...5).flatMap { size in
                (1...3).flatMap { stride in
                    [
                        LayerCase(
                            Conv2DTranspose(
                                filters: 2, kernelSize: [size, 3], strides: [stride, stride], padding: padding),
                            [2, 3, 4, 3]),
                        LayerCase(
                            Conv1DTranspose(
                                filters: 3, kernelSize: [size], strides: [stride], padding: padding, activation: .tanh),
                            [2, 5, 2]),
                    ]
                }
            } + [
                LayerCase(
                    Conv2DTranspose(
                        filters: 2, kernelSize: [3, 4], strides: [2, 3], padding: padding, outputPadding: [1, 2],
                        useBias: false), [2, 3, 4, 3]),
                LayerCase(
                    Conv2DTranspose(
                        filters: 2, kernelSize: [3, 2], padding: padding, dilationRate: [2, 2], activation: .tanh),
                    [1, 4, 4, 2]),
                LayerCase(
                    Conv1DTranspose(filters: 1, kernelSize: [2], strides: [3], padding: padding, outputPadding: [1]),
                    [1, 3, 1]),
            ]
        }
}
