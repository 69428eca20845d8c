import Networks

extension LayerCase {
    static let merges: [LayerCase] =
        ([Add(), Average(), Maximum(), Minimum(), Multiply(), Subtract()] as [any Layer]).flatMap { layer in
            [
                LayerCase(layer, [2, 3, 4, 5], [2, 3, 4, 5]), LayerCase(layer, [2, 3, 4, 5], [2, 1, 1, 5]),
                LayerCase(layer, [2, 5], [2, 3, 4, 5]), LayerCase(layer, [2, 1, 4], [2, 3, 1]),
            ] + (layer is Subtract ? [] : [LayerCase(layer, [2, 3], [2, 3], [2, 3])])
        } + [
            LayerCase(Concatenate(), [2, 3, 1], [2, 3, 4], [2, 3, 2]),
            LayerCase(Concatenate(axis: 1), [2, 3, 4], [2, 1, 4]),
            LayerCase(Concatenate(axis: -2), [1, 3, 4], [1, 1, 4]), LayerCase(Dot(axes: [1, 1]), [3, 4], [3, 4]),
            LayerCase(Dot(axes: [2, 1]), [2, 3, 4], [2, 4, 5]), LayerCase(Dot(axes: [-1, -1]), [2, 3, 4], [2, 5, 4]),
            LayerCase(Dot(axes: [1, 1], normalize: true), [3, 4], [3, 4]),
            LayerCase(Dot(axes: [2, 1], normalize: true), [2, 3, 4], [2, 4, 5]),
            LayerCase(Dot(axes: [1, 2]), [2, 4, 3, 2], [2, 5, 4]),
        ]
}
