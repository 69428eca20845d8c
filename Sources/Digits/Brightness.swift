import Images

/// How bright each point of a picture is, 0 … 1, shrunk to a size at which digits can be found.
struct Brightness {
    let width: Int
    let height: Int
    private(set) var values: [Float]

    var side: Int { max(width, height) }

    /// The brightness of a grey picture, shrunk until its longer side has this many points at most.
    init(_ image: RasterImage, side: Int) {
        let longer = max(image.width, image.height)
        func fit(_ length: Int) -> Int { longer > side ? max(1, (2 * length * side + longer) / (2 * longer)) : length }
        (width, height) = (fit(image.width), fit(image.height))
        // In two steps for huge ones: whole points first, which needs no copy of all of it in numbers.
        let factor = max(1, longer / max(1, 2 * side))
        let plane = Self.shrunk(image, by: factor)
        values = plane.resized(width: width, height: height).values
    }

    /// Every `factor` by `factor` points in one; what is left over at the far edges goes with the last.
    private static func shrunk(_ image: RasterImage, by factor: Int) -> Ink {
        guard factor > 1 else { return Ink(width: image.width, height: image.height, bytes: image.bytes) }
        // A strip of few rows keeps them all.
        let (across, down) = (min(factor, image.width), min(factor, image.height))
        let (width, height) = (image.width / across, image.height / down)
        var values = [Float](repeating: 0, count: width * height)
        image.bytes.withUnsafeBufferPointer { bytes in
            for y in 0..<height {
                for x in 0..<width {
                    var sum = 0
                    for row in (y * down)..<((y + 1) * down) {
                        let start = row * image.width + x * across
                        for place in start..<(start + across) { sum += Int(bytes[place]) }
                    }
                    values[y * width + x] = Float(sum) / Float(255 * across * down)
                }
            }
        }
        return Ink(width: width, height: height, values: values)
    }

    mutating func invert() { for place in values.indices { values[place] = 1 - values[place] } }

    /// Whether ink is brighter than what it lies on.
    ///
    /// Ink is the smaller part: what departs from the brightness around it departs far on ink's side. Where that does not
    /// tell, the edges are taken for paper.
    var isLightOnDark: Bool {
        let means = Sums(values, width, height).means(reaching: max(2, side / 6))
        var (squares, cubes): (Double, Double) = (0, 0)
        for (value, mean) in zip(values, means) {
            let departure = Double(value - mean)
            squares += departure * departure
            cubes += departure * departure * departure
        }
        let variance = squares / Double(values.count)
        let skewness = variance > 1e-6 ? cubes / Double(values.count) / (variance * variance.squareRoot()) : 0
        guard abs(skewness) < 0.4 else { return skewness > 0 }
        let middle = (values.min() ?? 0) / 2 + (values.max() ?? 0) / 2
        var (bright, count) = (0, 0)
        for y in 0..<height {
            for x in 0..<width where y == 0 || x == 0 || y == height - 1 || x == width - 1 {
                bright += values[y * width + x] > middle ? 1 : 0
                count += 1
            }
        }
        return 2 * bright < count
    }
}
