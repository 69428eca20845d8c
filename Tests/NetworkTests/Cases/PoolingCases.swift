import Networks
import Tensors

extension LayerCase {
    static let poolings: [LayerCase] =
        [Padding.valid, .same].flatMap { padding in
            [
                LayerCase(MaxPooling1D(poolSize: [3], strides: [2], padding: padding), [2, 7, 3]),
                LayerCase(MaxPooling1D(poolSize: [2], strides: [5], padding: padding), [1, 6, 1]),
                LayerCase(MaxPooling2D(padding: padding), [2, 5, 4, 3]),
                LayerCase(MaxPooling2D(poolSize: [2, 3], strides: [1, 2], padding: padding), [2, 5, 7, 3]),
                LayerCase(MaxPooling2D(poolSize: [1, 1], strides: [3, 2], padding: padding), [1, 4, 4, 31]),
                LayerCase(MaxPooling3D(poolSize: [2, 1, 3], strides: [1, 2, 2], padding: padding), [1, 3, 3, 5, 2]),
                LayerCase(MaxPooling3D(padding: padding), [2, 5, 4, 3, 1]),
                LayerCase(AveragePooling1D(poolSize: [3], strides: [2], padding: padding), [2, 7, 3]),
                LayerCase(AveragePooling2D(padding: padding), [2, 5, 4, 3]),
                LayerCase(AveragePooling2D(poolSize: [2, 3], strides: [1, 2], padding: padding), [2, 5, 7, 3]),
                LayerCase(AveragePooling2D(poolSize: [3, 3], strides: [4, 4], padding: padding), [1, 5, 6, 1]),
                LayerCase(
                    AveragePooling3D(poolSize: [2, 3, 1], strides: [2, 1, 1], padding: padding), [1, 3, 4, 2, 2]),
            ]
        }
        + [false, true].flatMap { keepdims in
            [
                LayerCase(GlobalAveragePooling1D(keepdims: keepdims), [2, 5, 3]),
                LayerCase(GlobalAveragePooling1D(keepdims: keepdims).readingMask(), [3, 5, 3], [3, 5]),
                LayerCase(GlobalAveragePooling2D(keepdims: keepdims), [2, 3, 4, 3]),
                LayerCase(GlobalAveragePooling3D(keepdims: keepdims), [2, 2, 3, 2, 1]),
                LayerCase(GlobalMaxPooling1D(keepdims: keepdims), [2, 5, 3]),
                LayerCase(GlobalMaxPooling2D(keepdims: keepdims), [2, 3, 4, 3]),
                LayerCase(GlobalMaxPooling3D(keepdims: keepdims), [2, 2, 3, 2, 1]),
            ]
        } + [
            LayerCase(AdaptiveAveragePooling1D(outputSize: [3]), [2, 7, 3]),
            LayerCase(AdaptiveAveragePooling2D(outputSize: [2, 3]), [2, 5, 6, 3]),
            LayerCase(AdaptiveAveragePooling3D(outputSize: [2, 1, 2]), [1, 4, 3, 5, 2]),
            LayerCase(AdaptiveMaxPooling1D(outputSize: [3]), [2, 7, 3]),
            LayerCase(AdaptiveMaxPooling2D(outputSize: [2, 3]), [2, 5, 6, 3]),
            LayerCase(AdaptiveMaxPooling3D(outputSize: [2, 1, 2]), [1, 4, 3, 5, 2]),
        ]
}
