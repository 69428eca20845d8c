import Networks

extension LayerCase {
    static let normalizations: [LayerCase] =
        [
            LayerCase(BatchNormalization(), [3, 5, 4]).masking([0]),
            LayerCase(BatchNormalization(center: false, scale: false), [2, 6, 3]).masking([0]),
            LayerCase(BatchNormalization(), [3, 4, 3, 5]), LayerCase(BatchNormalization(), [7, 3]),
            LayerCase(BatchNormalization(axis: 1, momentum: 0.5, epsilon: 0.1), [3, 4, 3, 5]),
            LayerCase(BatchNormalization(center: false), [3, 4, 5]),
            LayerCase(BatchNormalization(scale: false), [3, 4, 5]),
            LayerCase(BatchNormalization(center: false, scale: false), [2, 2, 2, 31]),
        ]
        + [false, true].flatMap { flag in
            [
                LayerCase(LayerNormalization(center: flag), [3, 4, 5]),
                LayerCase(LayerNormalization(axes: [1], epsilon: 0.1, scale: flag), [3, 4, 5]),
                LayerCase(LayerNormalization(axes: [1, 3], rmsScaling: flag), [2, 3, 4, 5]),
                LayerCase(LayerNormalization(axes: [-2, -1], center: flag, scale: flag, rmsScaling: true), [2, 3, 4]),
                LayerCase(GroupNormalization(groups: 2, center: flag), [2, 3, 4, 6]),
                LayerCase(GroupNormalization(groups: 3, axis: 1, epsilon: 0.1, scale: flag), [2, 6, 3, 4]),
            ]
        } + [
            LayerCase(GroupNormalization(groups: 1), [2, 3, 4]), LayerCase(GroupNormalization(groups: -1), [2, 5, 3]),
            LayerCase(RMSNormalization(), [2, 3, 5]),
            LayerCase(RMSNormalization(axes: [2, 3], epsilon: 0.1), [2, 3, 4, 2]),
            LayerCase(UnitNormalization(), [2, 3, 5]), LayerCase(UnitNormalization(axes: [1, 2]), [2, 3, 4, 2]),
            LayerCase(Rescaling(scale: [0.5], offset: [-1]), [2, 3, 4]),
            LayerCase(Rescaling(scale: [0.5, 2, 3], offset: [0, 1, 2]), [2, 4, 3]),
            LayerCase(Normalization(mean: [0.5], variance: [4]), [2, 3, 4]),
            LayerCase(Normalization(invert: true, mean: [1, 2, 3], variance: [1, 4, 0]), [2, 4, 3]),
            LayerCase(Normalization(axes: [], mean: [0.25], variance: [0.5]), [2, 5]),
        ]
}
