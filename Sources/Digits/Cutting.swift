#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts ink in which several digits touch, where the network finds the most probable reading.
///
/// Possible cuts are paths from top to bottom that cross as little ink as can be. Of all ways to take some of them, that
/// one is chosen whose pieces the network is surest of, together; a cut through ink and pieces of unusual shape cost.
struct Cutting {
    private(set) var pieces: [Segmentation.Piece]

    private let ink: Ink
    private var seams: [Seam] = []

    /// The height at which cuts are looked for; what is read has 20 points.
    private static let height = 48

    init(_ whole: Segmentation.Piece, judge: Recognizer) {
        pieces = [whole]
        let height = Self.height
        let scale = Float(height) / Float(whole.ink.height)
        let width = Int((Float(whole.ink.width) * scale).rounded())
        ink = whole.ink.height > height ? whole.ink.resized(width: max(1, width), height: height) : whole.ink
        // One digit alone is rarely so wide, and two together never so narrow.
        guard 20 * ink.width > 9 * ink.height, ink.height >= 8 else { return }
        seams = Seam.all(through: ink)
        guard !seams.isEmpty else { return }
        let chosen = bestSeams(judge)
        guard !chosen.isEmpty else { return }
        let back = Float(whole.ink.width) / Float(ink.width)
        let bounds = [-1] + chosen + [seams.count]
        pieces = zip(bounds, bounds.dropFirst()).compactMap { start, end in
            whole.part(from: start < 0 ? nil : seams[start], to: end < seams.count ? seams[end] : nil, ink, back)
        }
    }

    /// The seams of the most probable reading.
    private func bestSeams(_ judge: Recognizer) -> [Int] {
        var spans: [(start: Int, end: Int, ink: Ink)] = []
        for start in -1..<seams.count {
            for end in (start + 1)...seams.count {
                let (left, right) = (start < 0 ? nil : seams[start], end < seams.count ? seams[end] : nil)
                let width = (right?.middle ?? Float(ink.width)) - (left?.middle ?? 0)
                let isWhole = start < 0 && end == seams.count
                guard isWhole || width > 0.08 * Float(ink.height) && width < 1.5 * Float(ink.height) else { continue }
                let part = ink.between(left, right)
                guard isWhole || part.total > 0.02 * ink.total else { continue }
                spans.append((start, end, part))
            }
        }
        let preparations = spans.map { InkPreparation($0.ink) }
        let probabilities = judge.probabilities(of: preparations)
        var best: [Int: (score: Float, seams: [Int])] = [-1: (0, [])]
        for end in 0...seams.count {
            for (index, span) in spans.enumerated() where span.end == end {
                guard let before = best[span.start] else { continue }
                var score = before.score + score(probabilities[index], preparations[index].crop)
                if end < seams.count { score -= seams[end].penalty(ink.height) }
                if score > best[end]?.score ?? -.infinity {
                    best[end] = (score, before.seams + (end < seams.count ? [end] : []))
                }
            }
        }
        return best[seams.count]?.seams ?? []
    }

    /// How likely a piece is one digit: the network's word, and its shape.
    private func score(_ probabilities: [Float], _ box: PixelRect) -> Float {
        let ranked = probabilities.sorted(by: >)
        let (width, height) = (Float(box.width) / Float(ink.height), Float(box.height) / Float(ink.height))
        let score = log(max(ranked[0], 1e-6)) + log(max(ranked[0] - ranked[1], 1e-3))
        // Weights found on words of the 4,000 embedded training digits: too wide, too low.
        return score - 8 * max(0, width / max(height, 0.01) - 0.8) - 8 * max(0, 0.6 - height)
    }
}

/// A path from the top of ink to its bottom: for each row the column before which it passes.
struct Seam {
    let columns: [Int]
    /// How much ink it crosses.
    let crossed: Float

    var middle: Float { Float(columns.reduce(0, +)) / Float(columns.count) }

    /// What taking it costs, on the scale of logarithms of probabilities.
    func penalty(_ height: Int) -> Float { 1.25 + 12 * crossed / Float(height) }

    /// The cheapest paths through several bands, from left to right, each once.
    static func all(through ink: Ink) -> [Seam] {
        let step = max(2, ink.height / 10)
        var seams: [Seam] = []
        for middle in stride(from: ink.height / 6, through: ink.width - ink.height / 6, by: step) {
            let reach = ink.height / 6
            let seam = cheapest(through: ink, max(0, middle - reach)...min(ink.width - 1, middle + reach), middle)
            guard seam.crossed < 0.35 * Float(ink.height) else { continue }
            if let last = seams.last, abs(last.middle - seam.middle) < Float(step) * 0.7 {
                if seam.crossed < last.crossed { seams[seams.count - 1] = seam }
            } else {
                seams.append(seam)
            }
        }
        let most = 4 + 5 * ink.width / ink.height
        return seams.count <= most
            ? seams : Array(seams.sorted { $0.crossed < $1.crossed }.prefix(most)).sorted { $0.middle < $1.middle }
    }

    /// The path through a band that crosses least ink and turns least, by dynamic programming.
    private static func cheapest(through ink: Ink, _ band: ClosedRange<Int>, _ middle: Int) -> Seam {
        let width = band.count
        func cost(_ column: Int, _ row: Int) -> Float {
            let x = band.lowerBound + column
            return ink[x, row] + 0.002 * Float(abs(x - middle))
        }
        var sums = (0..<width).map { cost($0, 0) }
        var from: [[Int]] = []
        for row in 1..<ink.height {
            var next = sums
            var origins = Array(0..<width)
            for column in 0..<width {
                for source in max(0, column - 1)...min(width - 1, column + 1) {
                    let sum = sums[source] + (source == column ? 0 : 0.03)
                    if source == max(0, column - 1) || sum < next[column] {
                        next[column] = sum
                        origins[column] = source
                    }
                }
                next[column] += cost(column, row)
            }
            sums = next
            from.append(origins)
        }
        var column = sums.indices.min { sums[$0] < sums[$1] } ?? 0
        var columns = [column]
        for origins in from.reversed() {
            column = origins[column]
            columns.append(column)
        }
        columns = columns.reversed().map { $0 + band.lowerBound }
        return Seam(columns: columns, crossed: columns.enumerated().reduce(0) { $0 + ink[$1.element, $1.offset] })
    }
}

extension Ink {
    /// What lies between two seams; `nil` stands for the edge.
    func between(_ left: Seam?, _ right: Seam?) -> Ink {
        var part = [Float](repeating: 0, count: width * height)
        for y in 0..<height {
            let (start, end) = (left?.columns[y] ?? 0, right?.columns[y] ?? width)
            for x in start..<max(start, end) { part[y * width + x] = self[x, y] }
        }
        return Ink(width: width, height: height, values: part)
    }
}

extension Segmentation.Piece {
    /// The part between two seams that were found on a smaller copy.
    fileprivate func part(from left: Seam?, to right: Seam?, _ small: Ink, _ scale: Float) -> Segmentation.Piece? {
        var values = [Float](repeating: 0, count: ink.width * ink.height)
        for y in 0..<ink.height {
            let row = min(small.height - 1, Int((Float(y) + 0.5) / scale))
            let start = left.map { Int((Float($0.columns[row]) * scale).rounded()) } ?? 0
            let end = right.map { Int((Float($0.columns[row]) * scale).rounded()) } ?? ink.width
            for x in max(0, start)..<max(max(0, start), min(ink.width, end)) {
                values[y * ink.width + x] = ink[x, y]
            }
        }
        let part = Ink(width: ink.width, height: ink.height, values: values)
        // Where the ink's corner lies: a piece's ink has one point around its box.
        guard let bounds = part.bounds(above: Segmentation.threshold) else { return nil }
        return Segmentation.Piece(
            box: PixelRect(
                x: box.x - 1 + bounds.x, y: box.y - 1 + bounds.y, width: bounds.width, height: bounds.height),
            ink: part)
    }
}
