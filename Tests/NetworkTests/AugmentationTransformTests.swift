import Foundation
import Networks
import Parity
import Tensors
import TestSupport
import Testing

/// What is drawn has Keras' distribution, and what is drawn changes images as Keras' `transform_images` does.
@Suite struct AugmentationTransformTests {
    /// A layer with the numbers that it draws for each of some images.
    struct Transform: Sendable, CustomTestStringConvertible {
        var layer: any Layer
        var channels = 3
        var range: ClosedRange<Float> = -2...2
        /// What Keras draws, in Python: `d` has a row for each image.
        var python: String
        /// The changed images, and the row of each.
        var change: @Sendable (Tensor, Random) -> (images: Tensor, drawn: [[Float]])

        var testDescription: String { type(of: layer).kerasName }

        init<Augmentation: EachImageAugmentation>(
            _ layer: Augmentation, channels: Int = 3, range: ClosedRange<Float> = -2...2, python: String,
            _ row: @escaping @Sendable (Augmentation.Drawn) -> [Float]
        ) {
            self.layer = layer
            self.channels = channels
            self.range = range
            self.python = python
            change = { images, random in
                (
                    layer.augmented(images, random, on: .shared),
                    (0..<images.shape[0]).map { row(layer.draw($0, random)) }
                )
            }
        }
    }

    private static let wide = RandomRange(-2, 2)
    private static let drawing = FactorOptions(factor: RandomRange(0.1, 0.9), valueRange: wide)
    private static let unit = FactorOptions(factor: RandomRange(0.1, 0.9), valueRange: RandomRange(0, 1))

    static let transforms: [Transform] = [
        Transform(RandomBrightness(drawing), python: "{'rgb_delta': d[:, :, None, None] * 4}") { [$0] },
        Transform(RandomContrast(drawing), python: "{'contrast_factor': d[:, :, None, None]}") { [$0] },
        Transform(RandomColorDegeneration(drawing), python: "{'factor': d[:, :, None, None]}") { [$0] },
        Transform(RandomHue(unit), range: 0...1, python: "{'factor': d[:, 0]}") { [$0] },
        Transform(RandomSaturation(unit), range: 0...1, python: "{'factor': d[:, 0]}") { [$0] },
        Transform(RandomSharpness(drawing), channels: 2, python: "{'factor': d[:, 0]}") { [$0] },
        Transform(RandomInvert(drawing), python: "{'apply_inversion': d[:, 0] > 0}") { [$0] },
        Transform(RandomGrayscale(factor: 0.5), python: "(d > 0)[:, :, None, None]") { [$0 ? 1 : 0] },
        Transform(
            RandomPosterization(FactorOptions(factor: RandomRange(1, 7))), range: 0...255,
            python: "{'shift_factor': 8 - d[:, 0].astype('uint8')}"
        ) { [$0] },
        Transform(
            Solarization(
                additionFactor: RandomRange(0, 0.4), thresholdFactor: RandomRange(0.2, 0.9), valueRange: wide),
            python: "{'additions': d[:, 0:1, None, None], 'thresholds': d[:, 1:2, None, None]}"
        ) { [$0.addition, $0.threshold] },
        Transform(
            RandomGaussianBlur(drawing, kernelSize: [3, 5], sigma: RandomRange(0.3, 1)), channels: 2,
            python: "{'should_apply_blur': d[:, 0] > 0, 'blur_factor': d[d[:, 0] > 0][0, 1:]}"
        ) { $0.map { [1, $0.0, $0.1] } ?? [0, 0, 0] },
    ]

    @Test(arguments: transforms)
    func changesImagesAsKerasDoes(_ transform: Transform) throws {
        let images = LayerCheck.uniform(
            [6, 7, 5, transform.channels], Random(seed: 5), from: transform.range.lowerBound,
            to: transform.range.upperBound)
        let (ours, drawn) = transform.change(images, Random(seed: 8))
        let rows = Tensor([drawn.count, try #require(drawn.first).count], drawn.flatMap { $0 })
        let name = type(of: transform.layer).kerasName
        let theirs = try #require(
            try LiveKeras.of(.keras3).run(
                """
                import json
                layer = keras.layers.\(name).from_config(json.loads(r'''\(OptionValue.object(transform.layer.options))'''))
                d = inputs[1]
                outputs = [np.asarray(layer.transform_images(inputs[0], \(transform.python), training=True), "float32")]
                """, inputs: [images, rows]
            ).outputs.first)
        #expect(ours != images)
        let size = max(1, images.elements.map(abs).max() ?? 1)
        #expect(zip(ours.elements, theirs.elements).allSatisfy { abs($0 - $1) <= 1e-5 * size })
    }

    @Test func movesPixelsAsKerasDoes() throws {
        let images = LayerCheck.uniform([6, 7, 9, 2], Random(seed: 5), from: -2, to: 2)
        let random = Random(seed: 8)
        let shear = RandomShear(xFactor: RandomRange(0.1, 0.4), yFactor: RandomRange(0, 0.3))
        let shears = (0..<6).map { shear.draw($0, random) }.flatMap { [$0.along, $0.down] }
        let perspective = RandomPerspective(factor: RandomRange(0.4, 1), scale: 0.7, fillValue: 0.5)
        let corners = (0..<6).map { perspective.corners($0, height: 7, width: 9, random) }
        #expect(corners.contains(nil) && corners.contains { $0 != nil })
        let ends = corners.flatMap { corners -> [Float] in
            corners.map { $0.flatMap { $0 } } ?? [Float](repeating: 0, count: 8)
        }
        let starts: [Float] = [0, 0, 8, 0, 0, 6, 8, 6]
        let theirs = try LiveKeras.of(.keras3).run(
            """
            import json
            images, shears, ends, starts, chosen = inputs
            layer = keras.layers.RandomShear(0.1, 0.1)
            first = layer.transform_images(images, {"shear_factor": shears, "input_shape": images.shape})
            layer = keras.layers.RandomPerspective.from_config(
                json.loads(r'''\(OptionValue.object(perspective.options))'''))
            second = layer.transform_images(images, {
                "apply_perspective": chosen > 0, "start_points": np.where(chosen[:, None, None] > 0, starts, starts),
                "end_points": np.where(chosen[:, None, None] > 0, ends, starts)})
            outputs = [np.asarray(first), np.asarray(second)]
            """,
            inputs: [
                images, Tensor([6, 2], shears), Tensor([6, 4, 2], ends), Tensor([1, 4, 2], starts),
                Tensor([6], corners.map { $0 == nil ? 0 : 1 }),
            ]
        ).outputs
        let ours = [shear.augmented(images, random, on: .shared), perspective.augmented(images, random, on: .shared)]
        for (ours, theirs) in zip(ours, theirs) {
            #expect(ours != images)
            #expect(zip(ours.elements, theirs.elements).allSatisfy { abs($0 - $1) <= 1e-4 })
        }
    }

    /// Minimum, maximum and mean of many draws, of the distribution that Keras' source says.
    @Test func drawsAsKerasDoes() {
        func statistics<Augmentation: FactorAugmentation>(_ layer: Augmentation) -> (
            low: Float, high: Float, mean: Float
        ) {
            let random = Random(seed: 2)
            let drawn = (0..<20_000).map { layer.draw($0, random) }
            return (drawn.min() ?? 0, drawn.max() ?? 0, drawn.reduce(0, +) / 20_000)
        }
        func expect(
            _ found: (low: Float, high: Float, mean: Float), _ low: Float, _ high: Float, _ mean: Float
        ) {
            #expect(abs(found.low - low) < 2e-3 * max(1, abs(low)) && abs(found.high - high) < 2e-3 * max(1, abs(high)))
            #expect(abs(found.mean - mean) < 0.02 * (high - low))
        }
        let half = FactorOptions(factor: RandomRange(0.2, 0.6))
        expect(statistics(RandomBrightness(half)), 0.2, 0.6, 0.4)
        expect(statistics(RandomContrast(half)), 0.8, 1.6, 1.2)
        expect(statistics(RandomHue(half)), -0.3, 0.3, 0)
        expect(statistics(RandomSharpness(half)), 0.2, 0.6, 0.4)
        expect(statistics(RandomInvert(half)), 0, 1, 0.4)
        expect(statistics(RandomPosterization(FactorOptions(factor: RandomRange(2, 5)))), 2, 4, 3)
        // x / (1 − x) of a uniform x from 0.2 to 0.6.
        expect(statistics(RandomSaturation(half)), 0.25, 1.5, Float(log(2.0) / 0.4 - 1))
    }
}
