#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The lines of ruled and squared paper: thin, straight, and from one edge of the picture to the other.
struct Rules {
    private var across: Bundle?
    private var down: Bundle?
    /// Contrasts below are paper.
    private let trace: Float

    /// Lines of one direction, as rows of the picture sheared until they are level.
    private struct Bundle {
        var slope: Float
        /// Rows of the sheared picture, from the first of a line to its last.
        var bands: [ClosedRange<Int>]
    }

    /// Looks for lines among contrasts.
    init(_ contrasts: Ink, above trace: Float) {
        self.trace = trace
        across = Self.bundle(in: contrasts, trace)
        down = Self.bundle(in: contrasts.transposed, trace)
    }

    /// Takes the lines away, but not the strokes that cross them.
    func erase(from contrasts: inout Ink) {
        if let across { contrasts = erased(across, from: contrasts) }
        if let down { contrasts = erased(down, from: contrasts.transposed).transposed }
    }

    private static func bundle(in ink: Ink, _ trace: Float) -> Bundle? {
        let (width, height) = (ink.width, ink.height)
        guard width >= 48, height >= 48 else { return nil }
        var points: [(x: Int, y: Int)] = []
        for y in 0..<height {
            for x in 0..<width where ink[x, y] > trace { points.append((x, y)) }
        }
        guard points.count >= width / 2 else { return nil }
        // The slope at which level lines fill whole rows: the sum of squares is largest.
        let margin = height / 8
        var best = (score: 0.0, slope: Float(0))
        for step in -16...16 {
            let slope = Float(step) * 0.004
            var counts = [Int](repeating: 0, count: height + 2 * margin)
            for point in points { counts[row(point, slope, width, margin, height)] += 1 }
            let score = counts.reduce(0.0) { $0 + Double($1) * Double($1) }
            if score > best.score { best = (score, slope) }
        }
        let bands = bands(of: points, best.slope, width, height, margin)
        return bands.isEmpty ? nil : Bundle(slope: best.slope, bands: bands)
    }

    /// Rows that are ink on most of their length and at both ends, no thicker than a line.
    private static func bands(
        of points: [(x: Int, y: Int)], _ slope: Float, _ width: Int, _ height: Int, _ margin: Int
    ) -> [ClosedRange<Int>] {
        let parts = 12
        var counts = [Int](repeating: 0, count: (height + 2 * margin) * parts)
        for point in points {
            counts[row(point, slope, width, margin, height) * parts + point.x * parts / width] += 1
        }
        func isFilled(_ row: Int) -> Bool {
            guard row > 0, row < height + 2 * margin - 1 else { return false }
            // A line may wander between two rows.
            let filled = (0..<parts).filter { part in
                let count = ((row - 1)...(row + 1)).reduce(0) { $0 + counts[$1 * parts + part] }
                return 2 * count * parts > width
            }
            let own = (0..<parts).reduce(0) { $0 + counts[row * parts + $1] }
            return filled.count >= parts - 2 && filled.contains(0) && filled.contains(parts - 1) && 3 * own > width
        }
        let thickest = max(3, height / 60)
        var bands: [ClosedRange<Int>] = []
        var row = 0
        while row < height + 2 * margin {
            guard isFilled(row) else {
                row += 1
                continue
            }
            var last = row
            while isFilled(last + 1) { last += 1 }
            if last - row < thickest { bands.append((row - 1)...(last + 1)) }
            row = last + 1
        }
        return bands
    }

    private static func row(
        _ point: (x: Int, y: Int), _ slope: Float, _ width: Int, _ margin: Int, _ height: Int
    ) -> Int {
        let shift = Int((slope * Float(point.x - width / 2)).rounded())
        return max(0, min(height + 2 * margin - 1, point.y - shift + margin))
    }

    private func erased(_ bundle: Bundle, from ink: Ink) -> Ink {
        let (width, height, margin) = (ink.width, ink.height, ink.height / 8)
        var values = ink.values
        for band in bundle.bands {
            func rows(_ x: Int) -> ClosedRange<Int> {
                let shift = Int((bundle.slope * Float(x - width / 2)).rounded()) - margin
                return (band.lowerBound + shift)...(band.upperBound + shift)
            }
            // Most of a line lies on bare paper: how dark it is there tells it from darker strokes.
            let darkest = (0..<width).map { x in
                rows(x).reduce(Float(0)) { $1 >= 0 && $1 < height ? max($0, ink[x, $1]) : $0 }
            }
            let line = darkest.sorted()[width / 2]
            for x in 0..<width {
                /// Whether a stroke comes to the line here.
                func isInked(_ y: Int) -> Bool {
                    guard y >= 0, y < height else { return false }
                    return (max(0, x - 1)...min(width - 1, x + 1)).contains { ink[$0, y] > max(trace, 0.6 * line) }
                }
                let rows = rows(x)
                let comesDown = isInked(rows.lowerBound - 1) && isInked(rows.lowerBound - 2)
                let goesOn = isInked(rows.upperBound + 1) && isInked(rows.upperBound + 2)
                guard !(comesDown && goesOn) else { continue }
                for y in rows where y >= 0 && y < height && values[y * width + x] < 1.4 * line + 0.05 {
                    values[y * width + x] = 0
                }
            }
        }
        return Ink(width: width, height: height, clamped: values)
    }
}

extension Ink {
    /// Rows as columns.
    fileprivate var transposed: Ink {
        Ink(width: height, height: width, clamped: Closing.transposed(values, width, height))
    }
}
