import CEmbedded
import Digits
import Networks
import Runtime
import Saving
import Tensors
import Testing

@Suite struct MahalanobisDistanceTests {
    /// Σ = [[4, 2], [2, 2]], whose inverse is [[0.5, −0.5], [−0.5, 1]], and classes at (0, 0) and (10, 0).
    @Test(
        arguments: [
            ([0, 0], 0), ([2, 0], 2), ([0, 3], 9), ([1, 1], 0.5), ([9, 0], 0.5), ([10, -2], 4),
        ] as [([Float], Float)])
    func measuresFromTheNearestClassInUnitsOfItsSpread(_ features: [Float], _ expected: Float) {
        // W = inverse of the Cholesky factor [[2, 0], [1, 1]].
        let distance = MahalanobisDistance(limit: 2.5, centres: [[0, 0], [5, -5]], whitening: [0.5, -0.5, 1])
        #expect(abs(distance.squared(features) - expected) < 1e-5)
        #expect(distance.isOutlier(features) == (expected > 2.5))
    }

    @Test func takesWhatIsNoNumberForAnOutlier() {
        let distance = MahalanobisDistance(limit: 1, centres: [[0]], whitening: [1])
        #expect(distance.isOutlier([.nan]))
        #expect(distance.isOutlier([.infinity]))
    }

    /// Keras fitted the file; here the same comes from the same digits and our own predictions.
    @Test func fitsTheModelThatIsShipped() throws {
        let file = cembedded_digits_model
        let fitted = try FittedDistance.shipped()
        let model = Fingerprint(UnsafeBufferPointer(start: file.bytes, count: file.count))
        try #require(fitted.model == model.value, "digits.keras is another: run Scripts/make_digits_distance.py")

        let digits = try RealDigits.embeddedTrain()
        let features = try shippedFeatures(of: digits.images)
        let count = try #require(features.first).count
        try #require(fitted.whitening.count == count * (count + 1) / 2)
        let whitened = features.map(fitted.whitened)
        let means = (0..<10).map { digit in mean(zip(whitened, digits.labels).filter { $0.1 == digit }.map(\.0)) }
        for (mean, stored) in zip(means, fitted.centres) {
            #expect(zip(mean, stored).allSatisfy { abs($0 - $1) < 1e-2 })
        }

        // W Σ Wᵀ = 1, with Σ = S + ridge: S from the whitened features, the ridge from W itself.
        let plainMeans = (0..<10).map { digit in mean(zip(features, digits.labels).filter { $0.1 == digit }.map(\.0)) }
        let trace = zip(features, digits.labels).reduce(0.0) { sum, one in
            sum + zip(one.0, plainMeans[one.1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let ridge = 1e-3 * trace / Double(features.count) / Double(count)
        var largest = 0.0
        let apart = zip(whitened, digits.labels).map { zip($0, means[$1]).map { $0 - $1 } }
        for row in 0..<count {
            for column in 0...row {
                let spread = apart.reduce(0.0) { $0 + $1[row] * $1[column] } / Double(apart.count)
                let added = zip(fitted.row(row), fitted.row(column)).reduce(0.0) { $0 + $1.0 * $1.1 } * ridge
                largest = max(largest, abs(spread + added - (row == column ? 1 : 0)))
            }
        }
        print("distance: W Σ Wᵀ is 1 within \(largest)")
        #expect(largest < 1e-2)
    }

    @Test func letsNinetyNineOfAHundredDigitsPass() throws {
        let fitted = try FittedDistance.shipped()
        let distance = MahalanobisDistance(
            limit: Float(fitted.limit), centres: fitted.centres.map { $0.map(Float.init) },
            whitening: fitted.whitening.map(Float.init))
        let outliers = try shippedFeatures(of: RealDigits.embedded().images)
            .count { distance.isOutlier($0.map(Float.init)) }
        #expect((9...11).contains(outliers), "\(outliers) of 1000")
    }

    @Test func doubtsMoreThanTheModelAloneAndReadsTheSame() throws {
        let shipped = try Recognizer.shipped()
        let alone = try Recognizer(shipped.model, name: "alone")
        var dice = Dice(seed: 8)
        let answers = try (0..<100).map { _ in
            let ink = try Junk.letters.ink(&dice)
            return (shipped: shipped.recognize(ink), alone: alone.recognize(ink))
        }
        #expect(answers.allSatisfy { $0.shipped.probabilities == $0.alone.probabilities })
        #expect(answers.allSatisfy { $0.alone.doubt == nil || $0.shipped.doubt == $0.alone.doubt })
        let newly = answers.filter { $0.alone.doubt == nil && $0.shipped.doubt != nil }
        #expect(newly.count >= 20)
        #expect(newly.allSatisfy { $0.shipped.doubt == .noDigit })
    }

    /// What the shipped model's last layer takes, layer by layer.
    private func shippedFeatures(of images: [Ink]) throws -> [[Double]] {
        var model = try Recognizer.shipped().model
        let last = model.outputs[0]
        model.outputs = model.layers[last.layer].calls[last.call]
        let pixels = Tensor([images.count, 28, 28, 1], images.flatMap(\.values))
        let features = try Session(model, plans: .layers).predict([pixels])[0]
        let count = features.shape[1]
        let elements = features.elements.map(Double.init)
        return images.indices.map { Array(elements[($0 * count)..<(($0 + 1) * count)]) }
    }

    private func mean(_ rows: [[Double]]) -> [Double] {
        (rows.first ?? []).indices.map { place in rows.reduce(0) { $0 + $1[place] } / Double(rows.count) }
    }
}

/// `Fixtures/models/digits.distance` as its script describes it, for 128 features.
private struct FittedDistance {
    let model: UInt64
    let limit: Double
    let centres: [[Double]]
    let whitening: [Double]

    static func shipped() throws -> FittedDistance {
        let file = cembedded_digits_distance
        return try FittedDistance(UnsafeRawBufferPointer(start: file.bytes, count: file.count))
    }

    private init(_ file: UnsafeRawBufferPointer) throws {
        try #require(file.count == 8 + 4 * (1 + 10 * 128 + 128 * 129 / 2))
        model = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        let numbers = stride(from: 8, to: file.count, by: 4).map {
            Double(Float(bitPattern: UInt32(littleEndian: file.loadUnaligned(fromByteOffset: $0, as: UInt32.self))))
        }
        limit = numbers[0]
        centres = (0..<10).map { Array(numbers[(1 + $0 * 128)..<(1 + ($0 + 1) * 128)]) }
        whitening = Array(numbers[1281...])
    }

    func row(_ row: Int) -> ArraySlice<Double> { whitening[(row * (row + 1) / 2)...].prefix(row + 1) }

    func whitened(_ features: [Double]) -> [Double] {
        features.indices.map { place in zip(row(place), features).reduce(0) { $0 + $1.0 * $1.1 } }
    }
}
