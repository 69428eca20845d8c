/// How far what a network makes of an image lies from what it made of the images of its classes.
///
/// f, the *n* features that its last layer takes, is held against the classes' means μ and the covariance Σ within them:
///
///     d²(f) = min over classes c of (f − μ_c)ᵀ Σ⁻¹ (f − μ_c) = min over c of ‖W f − W μ_c‖²,  Σ⁻¹ = Wᵀ W
///
/// A network shares all probability among its classes, whatever it sees; far from all of them it does not know. Source:
/// Lee, Lee, Lee and Shin, "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks",
/// NeurIPS 2018, with one layer and without perturbing the input. Σ here has a ridge, 0.001 · tr Σ / n on its diagonal,
/// since rectified features are hardly independent.
package struct MahalanobisDistance: Hashable, Sendable {
    /// The d² beyond which an image is an outlier.
    package let limit: Float
    /// W μ of each class.
    private let centres: [[Float]]
    /// W, lower triangular, row by row without the zeros.
    private let whitening: [Float]

    /// Takes what was fitted.
    ///
    /// - Parameters:
    ///   - limit: the d² beyond which an image is an outlier.
    ///   - centres: W μ of each class, *n* numbers each.
    ///   - whitening: W, lower triangular, row by row without the zeros: *n* (*n* + 1) / 2 numbers.
    /// - Precondition: at least one class, and as many numbers as that.
    package init(limit: Float, centres: [[Float]], whitening: [Float]) {
        precondition(!centres.isEmpty, "a distance needs something to be distant from")
        for centre in centres {
            precondition(
                whitening.count == centre.count * (centre.count + 1) / 2,
                "\(centre.count) features need another W than one of \(whitening.count) numbers")
        }
        (self.limit, self.centres, self.whitening) = (limit, centres, whitening)
    }

    /// Whether these features are farther from every class than nearly all that belongs to one.
    package func isOutlier(_ features: [Float]) -> Bool { !(squared(features) <= limit) }

    /// d² of these features.
    ///
    /// - Precondition: *n* of them.
    package func squared(_ features: [Float]) -> Float {
        precondition(features.count == centres[0].count, "\(centres[0].count) features, not \(features.count)")
        let whitened = features.indices.map { row in
            let start = row * (row + 1) / 2
            return zip(whitening[start...(start + row)], features).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        }
        let distances = centres.map { centre in
            zip(whitened, centre).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        return distances.min() ?? .infinity
    }
}

extension MahalanobisDistance {
    /// Reads what `Scripts/make_digits_distance.py` wrote, for ten classes.
    ///
    /// - Precondition: a file of that script.
    init(_ file: UnsafeRawBufferPointer) {
        // Behind the model's fingerprint, which a test holds against the model.
        let numbers = stride(from: MemoryLayout<UInt64>.size, to: file.count, by: MemoryLayout<UInt32>.size).map {
            Float(bitPattern: UInt32(littleEndian: file.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
        }
        let classes = 10
        var features = 1
        while 1 + classes * features + features * (features + 1) / 2 < numbers.count { features += 1 }
        let centres = (0..<classes).map { Array(numbers[(1 + $0 * features)...].prefix(features)) }
        self.init(limit: numbers[0], centres: centres, whitening: Array(numbers[(1 + classes * features)...]))
    }
}
