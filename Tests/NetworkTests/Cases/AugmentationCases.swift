import Networks
import Tensors

extension LayerCase {
    static let augmentations: [LayerCase] = [moving, colours, others].flatMap { $0 }

    private static var moving: [LayerCase] {
        PixelSampling.FillMode.allCases.flatMap { fill in
            PixelSampling.Interpolation.allCases.flatMap { interpolation -> [LayerCase] in
                let sampling = PixelSampling(interpolation: interpolation, fillMode: fill, fillValue: 0.5)
                return [
                    LayerCase(
                        RandomRotation(factor: RandomRange(-0.2, 0.3), sampling: sampling), [3, 4, 5, 2], isRandom: true
                    ),
                    LayerCase(
                        RandomShear(
                            xFactor: RandomRange(0.1, 0.5), yFactor: RandomRange(-0.3, 0.3), sampling: sampling),
                        [3, 4, 5, 2],
                        isRandom: true),
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

    private static var colours: [LayerCase] {
        let wide = RandomRange(-3, 3)
        let drawing = FactorOptions(factor: RandomRange(0.2, 0.7), valueRange: wide, seed: 3)
        let one = FactorOptions(factor: RandomRange(0.3, 0.6), valueRange: RandomRange(0, 1))
        let bits = FactorOptions(factor: RandomRange(2, 4), valueRange: wide)
        let any: [LayerCase] = [
            LayerCase(RandomColorDegeneration(drawing), [3, 4, 3, 3], isRandom: true),
            LayerCase(RandomGrayscale(factor: 0.5), [4, 3, 2, 3], isRandom: true),
            LayerCase(RandomGrayscale(factor: 0.2), [2, 3, 2, 1], isRandom: true),
            LayerCase(RandomInvert(drawing), [4, 3, 2, 2], isRandom: true),
            LayerCase(RandomPosterization(bits), [3, 4, 3, 2], isRandom: true),
            LayerCase(RandomSharpness(drawing), [3, 4, 5, 2], isRandom: true),
            LayerCase(
                RandomGaussianBlur(drawing, kernelSize: [3, 5], sigma: RandomRange(0.4, 1)), [4, 5, 6, 2],
                isRandom: true),
            LayerCase(
                Solarization(
                    additionFactor: RandomRange(0.1, 0.3), thresholdFactor: RandomRange(0.4, 0.8), valueRange: wide,
                    seed: 4),
                [3, 4, 3, 2], isRandom: true),
            LayerCase(AutoContrast(valueRange: wide), [3, 4, 3, 2]),
            LayerCase(AutoContrast(), [2, 2, 2, 1], range: 0...255),
            LayerCase(AutoContrast(dataFormat: "channels_first"), [2, 3, 4, 5], range: 0...255),
            LayerCase(Equalization(valueRange: wide, bins: 16), [3, 4, 3, 2], hasSlopes: false),
            LayerCase(Equalization(), [2, 5, 5, 3], hasSlopes: false, range: 0...255),
            LayerCase(RandomErasing(drawing, fillValue: [0.5]), [4, 6, 5, 2], isRandom: true),
            LayerCase(
                RandomErasing(drawing, scale: RandomRange(0.2, 0.6), fillValue: [0.5, 1, -1]), [4, 6, 5, 3],
                isRandom: true),
            LayerCase(RandomErasing(drawing), [4, 6, 5, 2], isRandom: true),
            LayerCase(MixUpLayer(alpha: 0.4, seed: 2), [4, 3, 2, 2], isRandom: true),
            LayerCase(CutMix(), [4, 6, 5, 2], isRandom: true),
            LayerCase(
                RandomColorJitter(
                    brightnessFactor: RandomRange(-0.1, 0.2), contrastFactor: RandomRange(0.1, 0.2), valueRange: wide),
                [3, 4, 3, 2], isRandom: true),
            LayerCase(RandAugment(drawing, count: 3), [3, 6, 5, 3], isRandom: true, hasSlopes: false),
            LayerCase(AugMix(drawing), [3, 6, 5, 3], isRandom: true, hasSlopes: false),
            LayerCase(
                AugMix(drawing, chainCount: 2, chainDepth: 1, allOperations: false, interpolation: .nearest),
                [3, 6, 5, 1],
                isRandom: true, hasSlopes: false),
            LayerCase(
                RandomPerspective(factor: RandomRange(0.5, 1), scale: 0.6, fillValue: 0.3), [4, 5, 6, 2], isRandom: true
            ),
            LayerCase(
                RandomPerspective(factor: RandomRange(0.5, 1), interpolation: .nearest, seed: 1), [3, 4, 4, 1],
                isRandom: true),
            LayerCase(MaxNumBoundingBoxes(maxNumber: 5), [2, 3, 3, 1]),
            LayerCase(
                RandomElasticTransform(factor: RandomRange(0.6, 1), scale: RandomRange(0.5, 1), valueRange: wide),
                [3, 9, 8, 2], isRandom: true),
            LayerCase(
                RandomElasticTransform(
                    sampling: PixelSampling(fillMode: .constant, fillValue: 0.5), valueRange: RandomRange(-1, 1),
                    seed: 3), [4, 24, 22, 1], isRandom: true),
            LayerCase(RandomElasticTransform(scale: RandomRange(0, 0), valueRange: wide), [2, 3, 4, 1]),
        ]
        let positive = [
            LayerCase(RandomHue(one), [3, 4, 3, 3], isRandom: true, range: 0.05...0.95),
            LayerCase(RandomSaturation(one), [3, 4, 3, 3], isRandom: true, range: 0.05...0.95),
            LayerCase(
                RandomColorJitter(
                    brightnessFactor: RandomRange(0, 0.1), contrastFactor: RandomRange(0.1, 0.2),
                    saturationFactor: RandomRange(0.4, 0.5), hueFactor: RandomRange(0.1, 0.4),
                    valueRange: RandomRange(0, 1), seed: 7),
                [3, 4, 3, 3], isRandom: true, range: 0.25...0.75),
        ]
        let tiles = [[2, 2], [8, 8], [3, 1]].map { grid in
            LayerCase(
                ContrastLimitedAdaptiveHistogramEqualization(clipLimit: grid == [2, 2] ? 0 : 4, tileGridSize: grid),
                [2, 9, 10, 2], hasSlopes: false, range: 0...255)
        }
        return any + positive + tiles
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
        // Keras has these for its ready-made architectures alone.
        let convNeXt = "keras.src.applications.convnext"
        cases.append(
            LayerCase(
                CustomScaleLayer(scale: 0.3), [2, 3, 2], [2, 3, 2],
                kerasModule: "keras.src.applications.inception_resnet_v2"))
        cases.append(LayerCase(LayerScale(initValues: 0.1, projectionDim: 3), [2, 4, 3], kerasModule: convNeXt))
        cases.append(
            LayerCase(StochasticDepth(dropPathRate: 0.4), [5, 2, 3], isRandom: true, kerasModule: convNeXt))
        return cases
    }
}
