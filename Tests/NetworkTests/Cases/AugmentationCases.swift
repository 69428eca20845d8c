import Networks
import Tensors

extension LayerCase {
    static let augmentations: [LayerCase] = [moving, others].flatMap { $0 }

    private static var moving: [LayerCase] {
        PixelSampling.FillMode.allCases.flatMap { fill in
            PixelSampling.Interpolation.allCases.flatMap { interpolation -> [LayerCase] in
                let sampling = PixelSampling(interpolation: interpolation, fillMode: fill, fillValue: 0.5)
                return [
                    LayerCase(
                        RandomRotation(factor: RandomRange(-0.2, 0.3), sampling: sampling), [3, 4, 5, 2], isRandom: true
                    ),
                    LayerCase(
                        RandomZoom(heightFactor: RandomRange(-0.3, 0.4), sampling: sampling, seed: 5), [2, 5, 3, 1],
                        isRandom: true),
                    LayerCase(
                        RandomTranslation(
                            heightFactor: RandomRange(-0.5, 0.5), widthFactor: RandomRange(0, 0.4), sampling: sampling),
                        [3, 4, 3, 2], isRandom: true),
                ]
            }
        }
    }

    private static var others: [LayerCase] {
        let range = RandomRange(-3, 3)
        var cases = RandomFlip.Mode.allCases.map { LayerCase(RandomFlip(mode: $0), [4, 3, 2, 2], isRandom: true) }
        cases.append(
            LayerCase(
                RandomBrightness(factor: RandomRange(-0.1, 0.2), valueRange: range, seed: 1), [3, 4, 3, 2],
                isRandom: true))
        cases.append(
            LayerCase(
                RandomContrast(factor: RandomRange(0.3, 0.4), valueRange: range), [3, 4, 3, 2], isRandom: true))
        // Keras keeps these to itself.
        cases.append(LayerCase(CustomScaleLayer(scale: 0.3), [2, 3, 2], [2, 3, 2], isInKeras: false))
        cases.append(LayerCase(LayerScale(initValues: 0.1, projectionDim: 3), [2, 4, 3], isInKeras: false))
        cases.append(LayerCase(StochasticDepth(dropPathRate: 0.4), [5, 2, 3], isRandom: true, isInKeras: false))
        return cases
    }
}
