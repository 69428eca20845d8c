import Tensors

/// Makes brightnesses equally frequent in each tile of each image, in prediction too; the Keras layer of that name.
///
/// The image is cut into a grid of tiles. In each, the counts of the 256 brightnesses are cut at a limit, what is cut
/// off is shared by all, and their sums say what each brightness becomes; between the middles of four tiles a pixel
/// becomes a mean of theirs (Zuiderveld, 1994).
///
/// Shapes are those of ``ImageAugmentation``. Steps have no slope: the gradient is 0.
public struct ContrastLimitedAdaptiveHistogramEqualization: EachImageAugmentation {
    public static let kerasName = "ContrastLimitedAdaptiveHistogramEqualization"

    public var valueRange: RandomRange
    /// How much more frequent than the mean a brightness may be; 0 for no limit.
    public var clipLimit: Double
    /// Rows and columns of tiles.
    public var tileGridSize: [Int]

    public init(
        valueRange: RandomRange = RandomRange(0, 255), clipLimit: Double = 4, tileGridSize: [Int] = [8, 8]
    ) {
        self.valueRange = valueRange
        self.clipLimit = clipLimit
        self.tileGridSize = tileGridSize
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        valueRange = try options.valueRange()
        clipLimit = try options.double("clip_limit", default: 4)
        tileGridSize = try options.ints("tile_grid_size", count: 2, default: [8, 8])
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
        options.ignore("factor")
    }

    public var options: Options {
        [
            "value_range": valueRange.optionValue, "clip_limit": .double(clipLimit),
            "tile_grid_size": OptionValue(tileGridSize), "data_format": "channels_last",
        ]
    }

    public var seed: Int? { nil }
    public var isAlwaysActive: Bool { true }

    public func draw(_ image: Int, _ random: Random) {}

    /// The brightness of a pixel, `nil` for what is not a number.
    private func byte(_ x: Float) -> Int? { Int(valueRange.toBytes(x), within: 0...255) }

    /// A table for each tile and channel.
    public func temporaries(for inputs: [Shape]) throws(ShapeError) -> Int {
        ShapeLimits.product([264, inputs[0][inputs[0].count - 1]] + tileGridSize)
    }

    public func changed(_ x: Tensor, _ drawn: Void) -> Tensor {
        let (height, width, channels) = (x.shape[0], x.shape[1], x.shape[2])
        let (rows, columns) = (tileGridSize[0], tileGridSize[1])
        let (tileHeight, tileWidth) = ((height + rows - 1) / rows, (width + columns - 1) / columns)
        /// The place in the image of one in the padded one, which is mirrored behind its edge.
        func mirrored(_ place: Int, _ count: Int) -> Int {
            let turn = place % (2 * count)
            return turn < count ? turn : 2 * count - 1 - turn
        }
        let tables = (0..<rows * columns * channels).map { number -> [Float] in
            let (channel, column, row) = (number % channels, number / channels % columns, number / channels / columns)
            var counts = [Float](repeating: 0, count: 256)
            for y in row * tileHeight..<(row + 1) * tileHeight {
                for x0 in column * tileWidth..<(column + 1) * tileWidth {
                    let pixel = x[(mirrored(y, height) * width + mirrored(x0, width)) * channels + channel]
                    if let byte = byte(pixel) { counts[byte] += 1 }
                }
            }
            return spread(counts, of: tileHeight * tileWidth)
        }
        /// The tiles around a place, and the share of the second.
        func tiles(_ place: Int, _ extent: Int, _ count: Int) -> (first: Int, second: Int, share: Float) {
            let position = (Float(place) - Float(extent) / 2) / Float(extent) + 1
            let first = position.rounded(.down)
            func tile(_ number: Int) -> Int { min(max(number - 1, 0), count - 1) }
            return (tile(Int(first)), tile(Int(first) + 1), position - first)
        }
        return Tensor(
            x.shape,
            x.elements.enumerated().map { i, value in
                guard let byte = byte(value) else { return value }
                let (channel, column, row) = (i % channels, i / channels % width, i / channels / width)
                let (vertical, horizontal) = (tiles(row, tileHeight, rows), tiles(column, tileWidth, columns))
                func level(_ row: Int, _ column: Int) -> Float {
                    tables[(row * columns + column) * channels + channel][byte]
                }
                func line(_ row: Int) -> Float {
                    level(row, horizontal.first) * (1 - horizontal.share) + level(row, horizontal.second)
                        * horizontal.share
                }
                return valueRange.fromBytes(
                    line(vertical.first) * (1 - vertical.share) + line(vertical.second) * vertical.share)
            })
    }

    /// What each brightness becomes in a tile with these counts.
    private func spread(_ counts: [Float], of size: Int) -> [Float] {
        var counts = counts
        if clipLimit > 0 {
            let limit = Float(clipLimit * Double(size) / 256)
            let excess = counts.reduce(0) { $0 + max($1 - limit, 0) } / 256
            counts = counts.map { min($0, limit) + excess }
        }
        var sum: Float = 0
        let sums = counts.map { count -> Float in
            sum += count
            return sum
        }
        let rest = Float(size) - sums[0]
        return sums.map { min(max(($0 - sums[0]) * 255 / (rest == 0 ? 1 : rest), 0), 255) }
    }

    public func gradient(_ dy: Tensor, _ x: Tensor, _ drawn: Void) -> Tensor { Tensor(x.shape) }
}
