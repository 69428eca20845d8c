/// Pieces of ink that hang together, also over corners.
struct Components {
    /// For each point the number of its piece, or -1.
    let labels: [Int32]
    let width: Int
    private(set) var pieces: [Piece]

    struct Piece: Hashable, Sendable {
        var box: PixelRect
        /// How many points it has.
        var count: Int
    }

    /// Finds the pieces of ink above a threshold, in the order of their first points.
    init(_ ink: Ink, above threshold: Float) {
        self.init(width: ink.width, height: ink.height) { ink.values[$0] > threshold }
    }

    init(width: Int, height: Int, isSet: (Int) -> Bool) {
        var labels = [Int32](repeating: -1, count: width * height)
        for place in labels.indices where isSet(place) { labels[place] = -2 }
        var pieces: [Piece] = []
        var waiting: [Int32] = []
        for start in labels.indices where labels[start] == -2 {
            let label = Int32(pieces.count)
            var (left, right, top, bottom, count) = (width, 0, height, 0, 0)
            labels[start] = label
            waiting.append(Int32(start))
            while let place = waiting.popLast() {
                let (x, y) = (Int(place) % width, Int(place) / width)
                (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
                count += 1
                for row in max(0, y - 1)...min(height - 1, y + 1) {
                    for column in max(0, x - 1)...min(width - 1, x + 1) where labels[row * width + column] == -2 {
                        labels[row * width + column] = label
                        waiting.append(Int32(row * width + column))
                    }
                }
            }
            pieces.append(
                Piece(
                    box: PixelRect(x: left, y: top, width: right - left + 1, height: bottom - top + 1), count: count))
        }
        (self.labels, self.width, self.pieces) = (labels, width, pieces)
    }
}
