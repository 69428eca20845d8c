import Networks
import Tensors

extension LayerCase {
    static let reshapings: [LayerCase] =
        [
            LayerCase(Flatten(), [2, 3, 4, 5]), LayerCase(Flatten(), [3, 7]), LayerCase(Identity(), [2, 3]),
            LayerCase(Permute(dims: [1]), [2, 5]), LayerCase(Permute(dims: [2, 1]), [2, 3, 4]),
            LayerCase(Permute(dims: [3, 1, 2]), [2, 3, 4, 5]), LayerCase(PReLU(), [2, 3, 4]),
            LayerCase(PReLU(sharedAxes: [1, 2]), [2, 3, 4, 5]), LayerCase(RepeatVector(n: 3), [2, 5]),
            LayerCase(Reshape(targetShape: [24]), [3, 4, 6]), LayerCase(Reshape(targetShape: [4, -1, 2]), [3, 4, 6]),
            LayerCase(Reshape(targetShape: [1, 24, 1]), [1, 24]),
        ] + paddings + upSamplings + resizings

    private static let paddings: [LayerCase] = [
        LayerCase(ZeroPadding1D(), [2, 3, 4]), LayerCase(ZeroPadding1D(padding: Sides(0, 3)), [1, 1, 1]),
        LayerCase(ZeroPadding2D(), [2, 3, 4, 3]),
        LayerCase(ZeroPadding2D(padding: Padding2D(top: 2, left: 0, bottom: 1, right: 3)), [1, 1, 1, 31]),
        LayerCase(ZeroPadding3D(), [2, 2, 3, 2, 2]),
        LayerCase(ZeroPadding3D(padding: [Sides(0, 2), Sides(1, 0), Sides(3, 1)]), [1, 2, 1, 3, 2]),
        LayerCase(Cropping1D(), [2, 5, 3]), LayerCase(Cropping1D(cropping: Sides(0, 3)), [2, 4, 3]),
        LayerCase(Cropping2D(), [2, 3, 3, 2]),
        LayerCase(Cropping2D(cropping: [Sides(1, 2), Sides(0, 3)]), [2, 5, 6, 3]),
        LayerCase(Cropping3D(), [1, 4, 5, 3, 2]),
        LayerCase(Cropping3D(cropping: [Sides(0, 1), Sides(2, 0), Sides(1, 1)]), [2, 3, 4, 4, 1]),
    ]

    private static let upSamplings: [LayerCase] =
        [UpSampling1D(size: 1), UpSampling1D(size: 3)].map { LayerCase($0, [2, 4, 3]) }
        + Interpolation.allCases.flatMap { interpolation in
            [
                LayerCase(UpSampling2D(interpolation: interpolation), [2, 4, 5, 3]),
                LayerCase(UpSampling2D(size: [3, 1], interpolation: interpolation), [1, 3, 6, 2]),
                LayerCase(UpSampling2D(size: [2, 5], interpolation: interpolation), [1, 1, 2, 1]),
            ]
        } + [LayerCase(UpSampling3D(), [1, 2, 3, 2, 2]), LayerCase(UpSampling3D(size: [1, 3, 2]), [2, 2, 1, 3, 1])]

    private static let resizings: [LayerCase] =
        Interpolation.allCases.flatMap { interpolation in
            [
                LayerCase(Resizing(height: 3, width: 7, interpolation: interpolation), [2, 5, 4, 3]),
                LayerCase(
                    Resizing(height: 3, width: 2, interpolation: interpolation, antialias: interpolation != .nearest),
                    [1, 8, 9, 2]),
            ]
        } + [
            LayerCase(Resizing(height: 2, width: 4, cropToAspectRatio: true), [2, 5, 6, 1]),
            LayerCase(Resizing(height: 6, width: 3, padToAspectRatio: true, fillValue: 0.5), [2, 5, 6, 1]),
            LayerCase(CenterCrop(height: 3, width: 2), [2, 6, 5, 3]),
            LayerCase(CenterCrop(height: 4, width: 4), [1, 4, 4, 1]),
            LayerCase(CenterCrop(height: 5, width: 3), [2, 3, 4, 2]),
        ]
}
