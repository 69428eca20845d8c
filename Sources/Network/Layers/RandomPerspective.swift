import Tensors

/// Moves the corners of some images in training; Keras' `RandomPerspective`.
///
/// Each coordinate of a corner, counted from the upper left one, becomes 1 − `scale`/2 to 1 + `scale`/2 times as large.
/// Shapes are those of ``ImageAugmentation``.
public struct RandomPerspective: PixelMoving {
    public static let kerasName = "RandomPerspective"

    /// Where the probability comes from.
    public var factor: RandomRange
    public var scale: Double
    public var interpolation: PixelSampling.Interpolation
    /// What lies outside of the image.
    public var fillValue: Double
    public var seed: Int?

    public init(
        factor: RandomRange = RandomRange(0, 1), scale: Double = 1,
        interpolation: PixelSampling.Interpolation = .bilinear, fillValue: Double = 0, seed: Int? = nil
    ) {
        self.factor = factor
        self.scale = scale
        self.interpolation = interpolation
        self.fillValue = fillValue
        self.seed = seed
    }

    public init(from options: inout OptionReader) throws(OptionError) {
        factor = try options.bounded("factor", within: 0...1) { RandomRange(0, $0) }
        scale = try options.required("scale", "a number from 0 to 1") { value in
            value.double.flatMap { (0...1).contains($0) ? $0 : nil }
        }
        interpolation = try options.choice("interpolation", default: .bilinear)
        fillValue = try options.double("fill_value", default: 0)
        seed = try options.seed()
        try options.requireChannelsLast()
        options.ignoreAugmentationOptions()
    }

    public var options: Options {
        [
            "factor": factor.optionValue, "scale": .double(scale), "interpolation": .string(interpolation.rawValue),
            "fill_value": .double(fillValue), "seed": .seed(seed), "data_format": "channels_last",
        ]
    }

    public var sampling: PixelSampling {
        PixelSampling(interpolation: interpolation, fillMode: .constant, fillValue: fillValue)
    }

    /// Where the four corners go, each `[x, y]`; `nil` for an image that stays.
    public func corners(_ image: Int, height: Int, width: Int, _ random: Random) -> [[Float]]? {
        let own = random.stream(UInt64(image))
        guard own.uniform(at: 1) < factor.value(own, at: 0) else { return nil }
        let range = RandomRange(-0.5 * scale, 0.5 * scale)
        return Self.starts(height, width).enumerated().map { corner, start in
            start.enumerated().map { axis, place in place + place * range.value(own, at: 2 + 2 * corner + axis) }
        }
    }

    private static func starts(_ height: Int, _ width: Int) -> [[Float]] {
        let (right, bottom) = (Float(width - 1), Float(height - 1))
        return [[0, 0], [right, 0], [0, bottom], [right, bottom]]
    }

    // MARK: The one projection that takes the new corners to the old ones

    public func places(_ image: Int, height: Int, width: Int, _ random: Random) -> ProjectivePlaces {
        guard let ends = corners(image, height: height, width: width, random) else { return .identity }
        var equations: [[Double]] = []
        for (start, end) in zip(Self.starts(height, width), ends) {
            let (x, y, u, v) = (Double(end[0]), Double(end[1]), Double(start[0]), Double(start[1]))
            equations.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
            equations.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
        }
        guard let n = solution(of: equations)?.map({ Float($0) }) else { return .identity }
        return ProjectivePlaces(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7])
    }
}

/// What solves linear equations, each a row of factors and the right side (Gauß); `nil` where they do not tell.
private func solution(of equations: [[Double]]) -> [Double]? {
    var rows = equations
    for column in rows.indices {
        guard let pivot = (column..<rows.count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
            abs(rows[pivot][column]) > 1e-12
        else { return nil }
        rows.swapAt(column, pivot)
        for row in rows.indices where row != column {
            let share = rows[row][column] / rows[column][column]
            for i in column...rows.count { rows[row][i] -= share * rows[column][i] }
        }
    }
    return rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }
}
