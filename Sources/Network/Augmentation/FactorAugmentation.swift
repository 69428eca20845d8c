import Tensors

/// An augmentation with Keras' options `factor`, `value_range` and `seed`: one number is drawn for each image.
public protocol FactorAugmentation: EachImageAugmentation where Drawn == Float {
    var drawing: FactorOptions { get }

    init(_ drawing: FactorOptions)

    /// Between what the factor has to be: Keras' `_FACTOR_BOUNDS`.
    static var factorBounds: ClosedRange<Double> { get }

    /// The range that a single number stands for.
    static func range(of factor: Double) -> RandomRange
}

/// What a ``FactorAugmentation`` draws from.
public struct FactorOptions: Hashable, Sendable {
    public var factor: RandomRange
    /// The numbers that pixels may have.
    public var valueRange: RandomRange
    public var seed: Int?

    public init(factor: RandomRange, valueRange: RandomRange = RandomRange(0, 255), seed: Int? = nil) {
        self.factor = factor
        self.valueRange = valueRange
        self.seed = seed
    }
}

extension FactorAugmentation {
    public init(factor: RandomRange, valueRange: RandomRange = RandomRange(0, 255), seed: Int? = nil) {
        self.init(FactorOptions(factor: factor, valueRange: valueRange, seed: seed))
    }

    public var seed: Int? { drawing.seed }
    var valueRange: RandomRange { drawing.valueRange }

    public static var factorBounds: ClosedRange<Double> { -1...1 }

    public static func range(of factor: Double) -> RandomRange {
        RandomRange(max(-abs(factor), factorBounds.lowerBound), abs(factor))
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        let factor = try options.bounded("factor", within: Self.factorBounds, Self.range)
        self.init(FactorOptions(factor: factor, valueRange: try options.valueRange(), seed: try options.seed()))
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "factor": drawing.factor.optionValue, "value_range": valueRange.optionValue, "seed": .seed(seed),
            "data_format": "channels_last",
        ]
    }

    public func draw(_ image: Int, _ random: Random) -> Float { drawing.factor.value(random, at: image) }
}

extension OptionReader {
    /// A pair of numbers or a single one, in bounds.
    mutating func bounded(
        _ name: String, within bounds: ClosedRange<Double>, _ single: (Double) -> RandomRange
    ) throws(OptionError) -> RandomRange {
        try required(name, "a number from \(bounds.lowerBound) to \(bounds.upperBound), or a pair of them") { value in
            if let one = value.double { return bounds.contains(one) ? single(one) : nil }
            guard let pair = value.array?.compactMap(\.double), pair.count == 2, value.array?.count == 2,
                pair.allSatisfy(bounds.contains)
            else { return nil }
            return RandomRange(min(pair[0], pair[1]), max(pair[0], pair[1]))
        }
    }
}

extension OptionValue {
    /// The option `seed`.
    static func seed(_ seed: Int?) -> OptionValue { seed.map { .int($0) } ?? .null }
}
