import Networks

/// A rate that changes at given steps: `keras.optimizers.schedules.PiecewiseConstantDecay`.
///
///     α = values[i] for boundaries[i − 1] < step ≤ boundaries[i]
public struct PiecewiseConstantDecay: LearningRateSchedule {
    public static let kerasName = "PiecewiseConstantDecay"

    public var boundaries: [Double]
    public var values: [Double]
    public var name = "PiecewiseConstant"

    /// - Precondition: one value more than boundaries.
    public init(boundaries: [Double], values: [Double]) {
        precondition(
            values.count == boundaries.count + 1, "a piecewise constant rate needs one value more than boundaries")
        self.boundaries = boundaries
        self.values = values
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        boundaries = try options.numbers("boundaries")
        values = try options.numbers("values")
        guard values.count == boundaries.count + 1 else {
            throw .unsupported(
                layer: options.layer, option: "values", value: .array(values.map { .double($0) }),
                expected: "\(boundaries.count + 1) numbers, one more than boundaries")
        }
        name = try options.string("name", default: "PiecewiseConstant")
    }

    public var options: Options {
        [
            "boundaries": .array(boundaries.map { OptionValue(whole: $0) }),
            "values": .array(values.map { .double($0) }), "name": .string(name),
        ]
    }

    public var peak: Double { values.max() ?? 0 }

    public func callAsFunction(step: Int) -> Float {
        Float(values[boundaries.firstIndex { Double(step) <= $0 } ?? boundaries.count])
    }
}
