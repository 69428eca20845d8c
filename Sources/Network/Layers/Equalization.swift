import Tensors

/// Makes all brightnesses equally frequent in training, over the batch, in each channel; Keras' `Equalization`.
///
///     y = round(255 (F(x) − F₀) / (n − F₀)),  F the number of pixels up to x's bin, F₀ that of the first bin in use
///
/// on the scale from 0 to 255; a channel of one bin stays. Shapes are those of ``ImageAugmentation``. Steps have no
/// slope: the gradient is 0.
public struct Equalization: ImageAugmentation {
    public static let kerasName = "Equalization"

    public var valueRange: RandomRange
    public var bins: Int

    public init(valueRange: RandomRange = RandomRange(0, 255), bins: Int = 256) {
        self.valueRange = valueRange
        self.bins = bins
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        valueRange = try options.valueRange()
        bins =
            try options.optional("bins", "a whole number above 1\(OptionLimits.words("bins"))") {
                $0.count("bins").flatMap { $0 > 1 ? $0 : nil }
            } ?? 256
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        ["bins": .int(bins), "value_range": valueRange.optionValue, "data_format": "channels_last"]
    }

    public var seed: Int? { nil }

    /// The bin of a pixel, `nil` for what is not a number.
    private func bin(_ scaled: Float) -> Int? { Int(scaled, within: 0...bins - 1) }

    /// A table for each channel.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        ShapeLimits.product(4, bins, inputs[0][inputs[0].count - 1])
    }

    /// What each bin of a channel becomes; `nil` where all pixels are in one.
    private func table(_ x: Tensor, channel: Int, of channels: Int) -> [Float]? {
        var counts = [Int](repeating: 0, count: bins)
        for i in stride(from: channel, to: x.count, by: channels) {
            if let bin = bin(valueRange.toBytes(x[i]) * Float(bins - 1) / 255) { counts[bin] += 1 }
        }
        guard counts.count(where: { $0 > 0 }) > 1, let first = counts.first(where: { $0 > 0 }) else { return nil }
        var sum = 0
        return counts.map { count in
            sum += count
            let share = Double(sum - first) * 255 / Double(x.count / channels - first)
            return Float(min(max(share.rounded(.toNearestOrEven), 0), 255))
        }
    }

    public func augmented(_ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let channels = x.shape[3]
        let tables = (0..<channels).map { table(x, channel: $0, of: channels) }
        return Tensor(
            x.shape,
            x.elements.enumerated().map { i, x in
                guard let table = tables[i % channels],
                    let bin = bin(valueRange.toBytes(x) / 255 * Float(bins - 1))
                else { return x }
                return valueRange.fromBytes(table[bin])
            })
    }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ random: Random, on pool: WorkerPool) -> Tensor {
        let channels = x.shape[3]
        let stays = (0..<channels).map { table(x, channel: $0, of: channels) == nil }
        return Tensor(x.shape, dy.elements.enumerated().map { i, dy in stays[i % channels] ? dy : 0 })
    }
}
