import Networks
import Runtime
import Tensors
import Testing
import Training

@Suite struct AugmentationTests {
    /// Grey squares with a bright corner, so that every move shows.
    static func images(_ count: Int = 8, side: Int = 12, channels: Int = 1) -> Tensor {
        let random = Random(seed: 5)
        return Tensor(
            [count, side, side, channels],
            (0..<(count * side * side * channels)).map { 0.2 + 0.6 * random.uniform(at: $0) })
    }

    static func changed(
        _ images: Tensor, _ text: String, seed: UInt64 = 1, epoch: Int = 0, threads: Int = 1
    ) throws -> Tensor {
        Samples(images).augmented(
            by: try Augmentation(text), seed: seed, epoch: epoch, on: WorkerPool(threads: threads)
        ).tensor()
    }

    @Test(arguments: Augmentation.kinds.map { $0.name })
    func everyTransformChangesImagesAndNothingAtAmountZero(_ name: String) throws {
        for channels in [1, 3] {
            let images = Self.images(channels: channels)
            #expect(try Self.changed(images, name) != images, "\(name) does something")
            #expect(try Self.changed(images, "\(name)=0") == images, "\(name)=0 does nothing")
        }
    }

    @Test(arguments: Augmentation.kinds.map { $0.name } + Augmentation.presets.map(\.name))
    func drawsDependOnSeedEpochAndSampleAlone(_ text: String) throws {
        let images = Self.images(40)
        let one = try Self.changed(images, text)
        #expect(try Self.changed(images, text, threads: 3) == one, "any number of threads")
        #expect(try Self.changed(images, text, seed: 2) != one)
        #expect(try Self.changed(images, text, epoch: 1) != one)
        // A batch takes samples in another order, and each is changed as it would be anywhere else.
        let data = try Dataset(Samples(images), Samples(Tensor([40, 1])))
        let order = [7, 3, 39, 0, 12]
        let batch = data.batch(order, try Augmentation(text), seed: 1, epoch: 0, on: .shared)
        for (place, sample) in order.enumerated() {
            #expect(batch.inputs[0].samples(place..<(place + 1)) == one.samples(sample..<(sample + 1)))
        }
    }

    @Test func flipMirrorsAndVerticalFlipTurnsUpsideDown() throws {
        let image = Tensor([1, 2, 3], [1, 2, 3, 4, 5, 6])
        #expect(try Self.changed(image, "flip=1").elements == [3, 2, 1, 6, 5, 4])
        #expect(try Self.changed(image, "vertical-flip=1").elements == [4, 5, 6, 1, 2, 3])
        #expect(try Self.changed(image, "flip=1,vertical-flip=1").elements == [6, 5, 4, 3, 2, 1])
    }

    @Test func cropMovesByWholePixelsWithDarknessOutside() throws {
        let image = Tensor([1, 3, 3], (1...9).map(Float.init))
        var moves: Set<[Float]> = []
        for seed in 0..<200 { moves.insert(try Self.changed(image, "crop=1", seed: UInt64(seed)).elements) }
        #expect(moves.count == 9)
        #expect(moves.contains([1, 2, 3, 4, 5, 6, 7, 8, 9]))
        #expect(moves.contains([5, 6, 0, 8, 9, 0, 0, 0, 0]))
        #expect(moves.contains([0, 0, 0, 0, 1, 2, 0, 4, 5]))
    }

    @Test func aQuarterTurnIsExact() {
        var map = AffineMap()
        map = map.followed(by: AffineMap(a: 0, b: -1, d: 1, e: 0))  // 90°
        #expect(map.followed(by: AffineMap(c: 2, f: 3)) == AffineMap(a: 0, b: -1, c: 2, d: 1, e: 0, f: 3))
        let twice = map.followed(by: map)
        #expect(twice == AffineMap(a: -1, b: 0, c: 0, d: 0, e: -1, f: 0))
    }

    @Test func theMiddleOfTheImageStaysWhenItTurnsScalesShearsOrStretches() throws {
        var elements = [Float](repeating: 0, count: 81)
        elements[40] = 1
        for text in ["rotate=180", "scale=0.5", "shear=1", "stretch=0.5"] {
            for seed in 0..<20 {
                let image = try Self.changed(Tensor([1, 9, 9], elements), text, seed: UInt64(seed))
                #expect(abs(image[40] - 1) < 1e-5, "\(text)")
            }
        }
    }

    @Test func amountsAreBounds() throws {
        // The place of a bright column tells how far it was moved.
        let side = 41
        var elements = [Float](repeating: 0, count: side * side)
        for y in 0..<side { elements[y * side + 20] = 1 }
        var moves: [Float] = []
        for seed in 0..<200 {
            let image = try Self.changed(Tensor([1, side, side], elements), "shift=3", seed: UInt64(seed))
            let row = (0..<side).map { image[20 * side + $0] }
            moves.append(zip(row, 0...).reduce(Float(0)) { $0 + $1.0 * Float($1.1) } / row.reduce(0, +) - 20)
        }
        #expect(moves.allSatisfy { abs($0) <= 3.001 })
        #expect(moves.contains { $0 > 2.5 } && moves.contains { $0 < -2.5 })
    }

    @Test func elasticMovesHaveTheirStandardDeviationAndAreSmooth() throws {
        let size = try #require(ImageSize([28, 28, 1]))
        let field = ElasticField(Augmentation.Elastic(2), size)
        var (sum, steps, count) = (0.0, 0.0, 0.0)
        var moves = [Float](repeating: 0, count: 2 * 784)
        for seed in 0..<400 {
            try moves.withUnsafeMutableBufferPointer {
                field.fill(try #require($0.baseAddress), Random(seed: UInt64(seed)))
            }
            for y in 0..<28 {
                for x in 1..<28 {
                    let here = Double(moves[y * 28 + x])
                    sum += here * here
                    steps += (here - Double(moves[y * 28 + x - 1])) * (here - Double(moves[y * 28 + x - 1]))
                    count += 1
                }
            }
        }
        #expect(abs((sum / count).squareRoot() - 2) < 0.1)
        #expect((steps / count).squareRoot() < 0.4, "neighbours move alike")
    }

    @Test func thicknessThickensAndThinsByACross() throws {
        var elements = [Float](repeating: 0, count: 49)
        for y in 0..<7 { for x in 2..<5 { elements[y * 7 + x] = 1 } }
        let ink = elements.reduce(0, +)
        var sums: [Float] = []
        for seed in 0..<100 {
            let image = try Self.changed(Tensor([1, 7, 7], elements), "thickness=1", seed: UInt64(seed))
            #expect(image.elements.allSatisfy { (0...1).contains($0) })
            sums.append(image.elements.reduce(0, +))
        }
        #expect((sums.max() ?? 0) > ink * 1.5, "nearly a pixel more on both sides")
        #expect((sums.min() ?? .infinity) < ink * 0.75, "nearly half a pixel less")
    }

    @Test func cutoutBlackensASquareAndNoMore() throws {
        let white = Tensor([50, 20, 20], repeating: 1)
        let image = try Self.changed(white, "cutout=6")
        let dark = (0..<50).map { i in image.samples(i..<(i + 1)).elements.count { $0 == 0 } }
        #expect(dark.allSatisfy { (9...36).contains($0) }, "\(dark)")
        #expect(dark.contains(36))
    }

    @Test func noiseHasItsStandardDeviationAndStaysInRange() throws {
        let grey = Tensor([20, 28, 28], repeating: 0.5)
        let image = try Self.changed(grey, "noise=0.05")
        let variance = image.elements.reduce(0.0) { $0 + Double(($1 - 0.5) * ($1 - 0.5)) } / Double(image.count)
        #expect(abs(variance.squareRoot() - 0.05) < 0.001)
        let loud = try Self.changed(grey, "noise=1")
        #expect(loud.elements.allSatisfy { (0...1).contains($0) })
    }

    @Test func brightnessAndContrastFollowWhite() throws {
        // Bytes that keep their numbers are brightened by 255ths.
        let bytes = Samples(bytes: [UInt8](repeating: 100, count: 50 * 4), shape: [50, 2, 2], divisor: 1)
        #expect(bytes.white == 255)
        let image = bytes.augmented(by: try Augmentation("brightness=0.2"), seed: 3).tensor()
        #expect(image.elements.allSatisfy { abs($0 - 100) <= 51.001 })
        #expect(image.elements.contains { abs($0 - 100) > 40 })
        let even = try Self.changed(Tensor([10, 2, 2], repeating: 0.3), "contrast=1")
        #expect(even.elements.allSatisfy { abs($0 - 0.3) < 1e-6 }, "an even image has no contrast to change")
    }

    @Test func aShareOfTheImagesStaysClean() throws {
        let images = Self.images(400)
        let changed = try Self.changed(images, "rotate=20,clean=0.25")
        let same = (0..<400).count { changed.samples($0..<($0 + 1)) == images.samples($0..<($0 + 1)) }
        #expect((70...130).contains(same), "\(same) of 400")
    }

    @Test func readsPresetsAndWhatComesLaterWins() throws {
        #expect(try Augmentation("shift,rotate=12").description == "rotate=12,shift=2")
        #expect(try Augmentation("digits,shift=3,cutout=6").description.contains("shift=3"))
        for preset in Augmentation.presets {
            let whole = try Augmentation(preset.name)
            #expect(try Augmentation(whole.description).description == whole.description)
        }
    }

    @Test(arguments: [
        ("twirl", "\"twirl\" is no augmentation; expected brightness, "),
        ("shift=x", "augmentation \"shift\": expected a number from 0 to 1000, found \"x\""),
        ("rotate=400", "augmentation \"rotate\": expected a number from 0 to 180, found \"400\""),
        ("clean", "augmentation \"clean\": expected a number from 0 to 1, found \"\""),
        ("", "\"\" is no augmentation"),
    ])
    func saysWhatIsWrong(_ text: String, _ start: String) throws {
        let error = #expect(throws: AugmentationError.self) { try Augmentation(text) }
        #expect(error?.description.hasPrefix(start) == true, "\(error?.description ?? "")")
    }

    @Test func trainingResumedInTheMiddleOfAnEpochIsTheSame() throws {
        let model = try Model.sequential(
            name: "m", inputShape: [12, 12, 1],
            [("flat", Flatten()), ("dense", Dense(units: 2, activation: .softmax))],
            seed: 1)
        let data = try Dataset(
            Samples(Self.images(40)), oneHot((0..<40).map { $0 % 2 }, classes: 2))
        func run(_ stopsAt: Int?, threads: Int) throws -> [Tensor] {
            var trainer = Trainer(
                model, optimizer: Adam(), loss: CategoricalCrossentropy(), seed: 4, pool: WorkerPool(threads: threads))
            let stop = Cancellation()
            let watch = LambdaCallback(onBatchEnd: { _, _, trainer in
                if trainer.state.optimizer.iterations == stopsAt { stop.cancel() }
            })
            func go(_ cancellation: Cancellation?) throws {
                _ = try trainer.fit(
                    data, epochs: 3, batchSize: 8, augmentation: Augmentation("digits,noise,cutout=3"),
                    mixUp: MixUp(alpha: 0.4), callbacks: [watch], cancellation: cancellation)
            }
            try go(stop)
            if stopsAt != nil { try go(nil) }
            #expect(trainer.state.epoch == 3)
            return trainer.model.layers.flatMap(\.weights)
        }
        let whole = try run(nil, threads: 1)
        #expect(try run(7, threads: 2) == whole)
        #expect(try run(10, threads: 3) == whole)
    }

    @Test func refusesSamplesThatAreNoImages() throws {
        let data = try Dataset(Samples(Tensor([4, 10])), Samples(Tensor([4, 1])))
        let error = #expect(throws: DataError.self) { try data.augmented(by: Augmentation("shift"), seed: 1) }
        #expect(error?.description.contains("found samples of shape [10]") == true, "\(error?.description ?? "")")
    }
}
