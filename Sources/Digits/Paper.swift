/// How bright the paper is at each point, ink or no ink, however the light falls.
struct Paper {
    /// How much darker than the paper each point is: 0 for paper, towards 1 for black.
    let contrasts: [Float]
    /// How far the contrasts of bare paper scatter.
    let noise: Float

    init(_ brightness: Brightness) {
        let rough = Self.rough(brightness)
        let values = brightness.values
        let (width, height) = (brightness.width, brightness.height)
        // The bright points around a point are paper; their mean follows light and shadow closely.
        let isPaper = zip(values, rough).map { $1 > 0.02 && $0 > 0.85 * $1 ? Float(1) : 0 }
        let papers = Sums(zip(values, isPaper).map { $0 * $1 }, width, height)
        let counts = Sums(isPaper, width, height)
        let reach = max(2, brightness.side / 14)
        var contrasts = [Float](repeating: 0, count: values.count)
        for y in 0..<height {
            for x in 0..<width {
                let place = y * width + x
                let (count, area) = counts.around(x, y, reaching: reach)
                var paper = rough[place]
                if count * 8 > Double(area) { paper = Float(papers.around(x, y, reaching: reach).sum / count) }
                contrasts[place] = paper > 0.02 ? max(-1, 1 - values[place] / paper) : 0
            }
        }
        self.contrasts = contrasts
        var scatter: [Float] = []
        let step = max(1, values.count / 20_000)
        for place in stride(from: 0, to: values.count, by: step) where isPaper[place] == 1 {
            scatter.append(abs(contrasts[place]))
        }
        scatter.sort()
        noise = scatter.isEmpty ? 0 : 1.4826 * scatter[scatter.count / 2]
    }

    /// A first idea: the bright part of each cell of a grid and of its neighbours, with slopes in between.
    private static func rough(_ brightness: Brightness) -> [Float] {
        let (width, height) = (brightness.width, brightness.height)
        let cell = max(2, (brightness.side + 11) / 12)
        let (columns, rows) = ((width + cell - 1) / cell, (height + cell - 1) / cell)
        var bright = [Float](repeating: 0, count: columns * rows)
        for row in 0..<rows {
            for column in 0..<columns {
                var found: [Float] = []
                let step = max(1, cell / 12)
                for y in stride(from: row * cell, to: min(height, (row + 1) * cell), by: step) {
                    for x in stride(from: column * cell, to: min(width, (column + 1) * cell), by: step) {
                        found.append(brightness.values[y * width + x])
                    }
                }
                found.sort()
                bright[row * columns + column] = found[found.count * 4 / 5]
            }
        }
        var paper = bright
        for row in 0..<rows {
            for column in 0..<columns {
                for y in max(0, row - 1)...min(rows - 1, row + 1) {
                    for x in max(0, column - 1)...min(columns - 1, column + 1) {
                        paper[row * columns + column] = max(paper[row * columns + column], bright[y * columns + x])
                    }
                }
            }
        }
        func position(_ place: Int, _ count: Int) -> (Int, Int, Float) {
            let exact = max(0, min(Float(count - 1), (Float(place) + 0.5) / Float(cell) - 0.5))
            let first = min(count - 1, Int(exact))
            return (first, min(count - 1, first + 1), exact - Float(first))
        }
        var result = [Float](repeating: 0, count: width * height)
        let across = (0..<width).map { position($0, columns) }
        for y in 0..<height {
            let (upper, lower, down) = position(y, rows)
            for x in 0..<width {
                let (left, right, over) = across[x]
                let top = paper[upper * columns + left] * (1 - over) + paper[upper * columns + right] * over
                let bottom = paper[lower * columns + left] * (1 - over) + paper[lower * columns + right] * over
                result[y * width + x] = top * (1 - down) + bottom * down
            }
        }
        return result
    }
}
