/// The augmentations that RandAugment and AugMix choose among, as strong as a factor says.
struct AugmentationSet {
    let layers: [any ImageAugmentation]

    /// - Parameter withColours: whether those are among them that AugMix leaves out without `all_ops`.
    init(factor: RandomRange, valueRange: RandomRange, interpolation: PixelSampling.Interpolation, withColours: Bool) {
        let sampling = PixelSampling(interpolation: interpolation)
        let drawing = FactorOptions(factor: factor, valueRange: valueRange)
        let bits = max(1, Double(Int(8 * factor.upper)))
        let always: [any ImageAugmentation] = [
            RandomShear(xFactor: factor, yFactor: factor, sampling: sampling),
            RandomTranslation(heightFactor: factor, widthFactor: factor, sampling: sampling),
            RandomRotation(factor: factor, sampling: sampling),
            Solarization(additionFactor: factor, thresholdFactor: factor, valueRange: valueRange),
            RandomPosterization(
                FactorOptions(factor: RandomPosterization.range(of: bits), valueRange: valueRange)),
            AutoContrast(valueRange: valueRange), Equalization(valueRange: valueRange),
        ]
        let colours: [any ImageAugmentation] = [
            RandomBrightness(drawing), RandomColorDegeneration(drawing), RandomContrast(drawing),
            RandomSharpness(drawing),
        ]
        layers = withColours ? always + colours : always
    }
}
