import Networks

extension LayerCase {
    static let merges: [LayerCase] =
        ([Add(), Average(), Maximum(), Minimum(), Multiply(), Subtract()] as [any Layer]).flatMap { layer in
            [
                LayerCase(layer, [2, 3, 4, 5], [2, 3, 4, 5]), LayerCase(layer, [2, 3, 4, 5], [2, 1, 1, 5]),
                LayerCase(layer, [2, 5], [2, 3, 4, 5]), LayerCase(layer, [2, 1, 4], [2, 3, 1]),
                LayerCase(layer, [4, 5, 2], [4, 5, 2]).masking([0]),
                LayerCase(layer, [4, 5, 2], [4, 5, 2]).masking([1]),
                LayerCase(layer, [4, 5, 2], [4, 5, 2]).masking([0, 1]), byOlderRules(layer),
            ]
                + (layer is Subtract
                    ? []
                    : [
                        LayerCase(layer, [2, 3], [2, 3], [2, 3]),
                        LayerCase(layer, [4, 5, 2], [4, 5, 2], [4, 5, 2]).masking([0, 2]),
                        LayerCase(layer, [4, 5, 2], [4, 5, 2], [4, 5, 2]).masking([0, 1, 2]),
                    ])
        } + [
            LayerCase(Concatenate(), [3, 4, 2], [3, 4, 3]).masking([0, 1]),
            LayerCase(Concatenate(), [3, 4, 2], [3, 4, 3]).masking([1]),
            LayerCase(Concatenate(axis: 1), [3, 4, 2], [3, 2, 2]).masking([0, 1]),
            LayerCase(Concatenate(axis: -2), [3, 4, 2], [3, 2, 2]).masking([0]),
            LayerCase(Concatenate(), [2, 3, 1], [2, 3, 4], [2, 3, 2]),
            LayerCase(Concatenate(axis: 1), [2, 3, 4], [2, 1, 4]),
            LayerCase(Concatenate(axis: -2), [1, 3, 4], [1, 1, 4]), LayerCase(Dot(axes: [1, 1]), [3, 4], [3, 4]),
            LayerCase(Dot(axes: [2, 1]), [2, 3, 4], [2, 4, 5]), LayerCase(Dot(axes: [-1, -1]), [2, 3, 4], [2, 5, 4]),
            LayerCase(Dot(axes: [1, 1], normalize: true), [3, 4], [3, 4]),
            LayerCase(Dot(axes: [2, 1], normalize: true), [2, 3, 4], [2, 4, 5]),
            LayerCase(Dot(axes: [1, 2]), [2, 4, 3, 2], [2, 5, 4]),
        ]

    /// The layer by the rules of Keras 2 for masks, which the files of tf_keras hold to.
    private static func byOlderRules(_ layer: any Layer) -> LayerCase {
        func ruled<Ruled: MaskRuled>(_ layer: Ruled) -> any Layer {
            var older = layer
            older.maskRules = .keras2
            return older
        }
        let older = (layer as? any MaskRuled).map { ruled($0) } ?? layer
        return LayerCase(older, [4, 5, 2], [4, 5, 2], isInKeras: false).masking([0, 1])
    }
}
