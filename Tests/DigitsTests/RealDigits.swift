import Datasets
import Digits
import Foundation
import Tensors
import Testing

/// Digits that people wrote, as MNIST has them.
struct RealDigits {
    let description: String
    let images: [Ink]
    let labels: [Int]

    var count: Int { images.count }

    /// The 1,000 embedded test digits; they are from MNIST's training part, which the shipped model has seen.
    static func embedded() throws -> RealDigits { try embeddedTest.get() }

    /// The 4,000 embedded training digits.
    static func embeddedTrain() throws -> RealDigits { try embeddedTraining.get() }

    private static let embeddedTest = Result { try RealDigits(.named(.embedded), \.test, count: 1000) }
    private static let embeddedTraining = Result { try RealDigits(.named(.embedded), \.train, count: 4000) }

    /// Reads one part of a data set, which has to have this many digits: tests pick from them by number.
    init(_ spec: DatasetSpec, _ which: KeyPath<LoadedDataset, LabeledSamples?>, count: Int) throws {
        let part = try #require(try DatasetFinder(environment: [:]).load(spec)[keyPath: which])
        let classes = try #require(part.classes)
        try #require(part.count == count && classes.count == count, "\(part.count) digits, \(classes.count) labels")
        let all = part.inputs.batch(0..<part.count, on: .shared)
        images = (0..<part.count).map { number in
            Ink(width: 28, height: 28, values: all.samples(number..<(number + 1)).elements)
        }
        labels = classes
        description = spec == .named(.embedded) ? "embedded digits" : "MNIST's test digits"
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
