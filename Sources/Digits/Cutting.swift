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
struct Cutting: Sendable {
    private let whole: Segmentation.Piece
    private let ink: Ink
    private var seams: [Seam] = []
    /// What lies between two seams, or a seam and an edge, and may be one digit.
    private var spans: [Span] = []

    private struct Span {
        /// The seam on its left; -1 for the edge.
        var start: Int
        /// The seam on its right; their count for the edge.
        var end: Int
    }

    /// The height at which cuts are looked for; what is read has 20 points.
    private static let height = 48
    /// What is so many times as wide as it is high is a line, and no digits.
    private static let widest = 100

    /// - Parameter mostLooks: a piece that would take more is left whole.
    init(_ whole: Segmentation.Piece, mostLooks: Int) {
        self.whole = whole
        let height = Self.height
        let scale = Float(height) / Float(whole.ink.height)
        let width = Int((Float(whole.ink.width) * scale).rounded())
        // One digit alone is rarely so wide, and two together never so narrow.
        guard whole.ink.width < Self.widest * whole.ink.height, whole.ink.height >= 8,
            20 * whole.ink.width > 8 * whole.ink.height
        else {
            ink = whole.ink
            return
        }
        ink = whole.ink.height > height ? whole.ink.resized(width: max(1, width), height: height) : whole.ink
        guard 20 * ink.width > 9 * ink.height else { return }
        seams = Seam.all(through: ink)
        guard !seams.isEmpty else { return }
        spans = Self.spans(between: seams, ink)
        if looks > mostLooks { (seams, spans) = ([], []) }
    }

    /// How often a network has to look: at each span, then at each digit.
    var looks: Int { spans.count + seams.count + 1 }

    /// The digits, cut where the network says.
    func pieces(_ judge: Recognizer, _ budget: ReadingBudget) throws -> [Segmentation.Piece] {
        guard !seams.isEmpty else { return [whole] }
        let chosen = try bestSeams(judge, budget)
        guard !chosen.isEmpty else { return [whole] }
        guard chosen.count < budget.digits else {
            throw ReadingError.tooManyDigits(found: chosen.count + 1, limit: budget.digits)
        }
        let back = Float(whole.ink.width) / Float(ink.width)
        let bounds = [-1] + chosen + [seams.count]
        return zip(bounds, bounds.dropFirst()).compactMap { start, end in
            whole.part(from: seam(start), to: seam(end), ink, back)
        }
    }

    /// `nil` for the edges.
    private func seam(_ number: Int) -> Seam? { seams.indices.contains(number) ? seams[number] : nil }

    private static func spans(between seams: [Seam], _ ink: Ink) -> [Span] {
        let middles = seams.map(\.middle)
        var spans: [Span] = []
        for start in -1..<seams.count {
            for end in (start + 1)...seams.count {
                let right = end < seams.count ? middles[end] : Float(ink.width)
                let width = right - (start < 0 ? 0 : middles[start])
                let isWhole = start < 0 && end == seams.count
                if isWhole || width > 0.08 * Float(ink.height) && width < 1.5 * Float(ink.height) {
                    spans.append(Span(start: start, end: end))
                }
            }
        }
        return spans
    }

    /// The seams of the most probable reading.
    private func bestSeams(_ judge: Recognizer, _ budget: ReadingBudget) throws -> [Int] {
        let total = ink.total
        var read: [(span: Span, crop: PixelRect)] = []
        var images: [[Float]] = []
        for span in spans {
            try budget.goOn()
            let part = ink.between(seam(span.start), seam(span.end))
            let isWhole = span.start < 0 && span.end == seams.count
            guard isWhole || part.total > 0.02 * total else { continue }
            let preparation = InkPreparation(part)
            read.append((span, preparation.crop))
            images.append(preparation.pixels.values)
        }
        let probabilities = try judge.probabilities(ofPixels: images, budget)
        var ending = [[Int]](repeating: [], count: seams.count + 1)
        for index in read.indices { ending[read[index].span.end].append(index) }
        var best: [Int: (score: Float, before: Int)] = [-1: (0, -1)]
        for end in 0...seams.count {
            for index in ending[end] {
                let (span, crop) = read[index]
                guard let before = best[span.start] else { continue }
                var score = before.score + score(probabilities[index], crop)
                if end < seams.count { score -= seams[end].penalty(ink.height) }
                if score > best[end]?.score ?? -.infinity { best[end] = (score, span.start) }
            }
        }
        var chosen: [Int] = []
        var seam = best[seams.count]?.before ?? -1
        while seam >= 0 {
            chosen.append(seam)
            seam = best[seam]?.before ?? -1
        }
        return chosen.reversed()
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
    /// What lies between two seams, as wide as that; `nil` stands for the edge.
    func between(_ left: Seam?, _ right: Seam?) -> Ink {
        let first = left?.columns.min() ?? 0
        let last = max(first + 1, right?.columns.max() ?? width)
        var part = [Float](repeating: 0, count: (last - first) * height)
        for y in 0..<height {
            let (start, end) = (left?.columns[y] ?? 0, right?.columns[y] ?? width)
            for x in start..<max(start, end) { part[y * (last - first) + x - first] = self[x, y] }
        }
        return Ink(width: last - first, height: height, clamped: part)
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
        let box = PixelRect(
            x: box.x - 1 + bounds.x, y: box.y - 1 + bounds.y, width: bounds.width, height: bounds.height)
        return Segmentation.Piece(box: box, ink: part.cropped(to: bounds.grown(by: 1)))
    }
}
