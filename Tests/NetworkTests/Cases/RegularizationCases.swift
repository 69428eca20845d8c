import Networks

extension LayerCase {
    static let regularizations: [LayerCase] = [
        LayerCase(ActivityRegularization(l1: 0.5, l2: 0.25), [2, 5]),
        LayerCase(AlphaDropout(rate: 0.3), [4, 5], isRandom: true),
        LayerCase(AlphaDropout(rate: 0.3, seed: 1, noiseShape: [-1, 1]), [4, 5], isRandom: true),
        LayerCase(Dropout(rate: 0), [2, 5]), LayerCase(Dropout(rate: 0.5), [2, 5], isRandom: true),
        LayerCase(Dropout(rate: 0.25, seed: 7, noiseShape: [-1, 1, 3]), [2, 4, 3], isRandom: true),
        LayerCase(GaussianDropout(rate: 0.4), [2, 5], isRandom: true),
        LayerCase(GaussianNoise(stddev: 0.5, seed: 3), [2, 3, 3], isRandom: true),
        LayerCase(SpatialDropout1D(rate: 0.5), [2, 4, 5], isRandom: true),
        LayerCase(SpatialDropout2D(rate: 0.5, seed: 9), [2, 3, 4, 5], isRandom: true),
        LayerCase(SpatialDropout3D(rate: 0.5), [2, 2, 2, 3, 5], isRandom: true),
    ]
}
