import Tensors

/// Spreads each channel of each image over the whole range, in prediction too; Keras' `AutoContrast`.
///
///     y = (x − min x) / (max x − min x) on the scale of the range; a channel of one number stays
///
/// Shapes are those of ``ImageAugmentation``. Keras takes the last axis for the channels in both layouts.
public struct AutoContrast: EachImageAugmentation, LayoutBlind {
    public static let kerasName = "AutoContrast"

    public var valueRange: RandomRange
    public var dataFormat: String

    public init(valueRange: RandomRange = RandomRange(0, 255), dataFormat: String = "channels_last") {
        self.valueRange = valueRange
        self.dataFormat = dataFormat
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        valueRange = try options.valueRange()
        dataFormat = try options.required("data_format", "\"channels_last\" or \"channels_first\"") { value in
            value.string.flatMap { ["channels_last", "channels_first"].contains($0) ? $0 : nil }
        }
        options.ignoreAugmentationOptions()
    }

    public var options: Options { ["value_range": valueRange.optionValue, "data_format": .string(dataFormat)] }

    public var seed: Int? { nil }
    public var isAlwaysActive: Bool { true }

    public func draw(_ image: Int, _ random: Random) {}

    /// The smallest and the largest number of each channel.
    private func ends(_ x: Tensor) -> [(low: Float, high: Float)] {
        let channels = x.pixels.shape[1]
        var ends = [(low: Float, high: Float)](repeating: (.infinity, -.infinity), count: channels)
        for i in 0..<x.count {
            let end = ends[i % channels]
            ends[i % channels] = (min(end.low, x[i]), max(end.high, x[i]))
        }
        return ends
    }

    public func changed(_ x: Tensor, _ drawn: Void) -> Tensor {
        let ends = ends(x)
        return Tensor(
            x.shape,
            x.elements.enumerated().map { i, x in
                let (low, high) = ends[i % ends.count]
                guard high > low else { return x }
                let (first, last) = (valueRange.toBytes(low), valueRange.toBytes(high))
                let scale = 255 / (last - first)
                return valueRange.fromBytes(min(max(valueRange.toBytes(x) * scale - first * scale, 0), 255))
            })
    }

    // MARK: dx = s dy, and at the ends what they move: s = width / (max − min)

    public func gradient(_ dy: Tensor, _ x: Tensor, _ drawn: Void) -> Tensor {
        let ends = ends(x)
        var dx = Tensor(x.shape)
        for (channel, (low, high)) in ends.enumerated() {
            let places = stride(from: channel, to: x.count, by: ends.count)
            guard high > low else {
                for i in places { dx[i] = dy[i] }
                continue
            }
            let scale = valueRange.width / (high - low)
            var (atLow, atHigh): (Float, Float) = (0, 0)
            for i in places {
                let share = (x[i] - low) / (high - low)
                dx[i] = scale * dy[i]
                atLow -= scale * dy[i] * (1 - share)
                atHigh -= scale * dy[i] * share
            }
            let lowest = places.filter { x[$0] == low }
            let highest = places.filter { x[$0] == high }
            for i in lowest { dx[i] += atLow / Float(lowest.count) }
            for i in highest { dx[i] += atHigh / Float(highest.count) }
        }
        return dx
    }
}
