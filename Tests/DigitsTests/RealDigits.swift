import Datasets
import Digits
import Foundation
import Tensors

/// Digits that people wrote, as MNIST has them.
struct RealDigits {
    let description: String
    let images: [Ink]
    let labels: [Int]

    var count: Int { images.count }

    /// The 10,000 of MNIST's test part, which no model has learned from, where they are at hand.
    ///
    /// Else 1,000 of the embedded ones; those are from MNIST's training part, and models that learned from all of it know
    /// them.
    static let unseen: RealDigits = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/data/mnist").path
        if FileManager.default.fileExists(atPath: folder), let digits = RealDigits(folder) { return digits }
        return embedded
    }()

    static let embedded: RealDigits = {
        guard let digits = RealDigits("embedded") else { fatalError("the embedded digits cannot be read") }
        return digits
    }()

    static let embeddedTrain: RealDigits = {
        guard let digits = RealDigits("embedded", train: true) else { fatalError("the embedded digits cannot be read") }
        return digits
    }()

    private init?(_ name: String, train: Bool = false) {
        guard let spec = try? DatasetSpec(name), let data = try? DatasetFinder().load(spec),
            let part = train ? data.train : data.test, let classes = part.classes
        else { return nil }
        let all = part.inputs.batch(0..<part.count, on: .shared)
        images = (0..<part.count).map { number in
            Ink(width: 28, height: 28, values: all.samples(number..<(number + 1)).elements)
        }
        labels = classes
        description = name == "embedded" ? "embedded digits" : "MNIST's test digits"
    }
}

/// A row of random numbers, the same for the same seed.
struct Dice {
    private let random: Random
    private var position = 0

    init(seed: UInt64) { random = Random(seed: seed) }

    mutating func callAsFunction(_ range: ClosedRange<Float>) -> Float {
        position += 1
        return range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform(at: position)
    }

    mutating func callAsFunction(_ range: ClosedRange<Int>) -> Int {
        position += 1
        return range.lowerBound + Int((UInt64(random.word(at: position)) * UInt64(range.count)) >> 32)
    }

    /// About normal, with a standard deviation of 1.
    mutating func normal() -> Float { (0..<6).reduce(Float(0)) { sum, _ in sum + self(-1...1) } / 1.4142 }
}
