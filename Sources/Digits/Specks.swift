extension Ink {
    /// The ink without what is too small to be part of a digit, and without shadows along the edges.
    var withoutSpecks: Ink {
        let components = Components(self, above: Segmentation.threshold)
        var sums = [Float](repeating: 0, count: components.pieces.count)
        for (label, value) in zip(components.labels, values) where label >= 0 { sums[Int(label)] += value }
        let darkest = zip(sums, components.pieces).reduce(0) { max($0, $1.0 / Float($1.1.count)) }
        let areShadows = zip(sums, components.pieces).map { sum, piece in
            isShadow(piece) || touchesEdge(piece) && sum / Float(piece.count) < 0.75 * darkest
        }
        let inner = zip(components.pieces, areShadows).filter { !$1 }.map(\.0)
        let whole = components.pieces.map(\.count).max() ?? 0
        // A digit that fills its picture lies along the edges, too, but leaves next to nothing inside.
        let hasShadows = (inner.map(\.count).max() ?? 0) * 20 >= whole
        let largest = hasShadows ? inner.map(\.count).max() ?? 0 : whole
        let isKept = zip(components.pieces, areShadows).map { piece, isShadow in
            piece.count * 66 >= largest && piece.count > 2 && !(hasShadows && isShadow)
        }
        var near = [Bool](repeating: false, count: values.count)
        for y in 0..<height {
            for x in 0..<width {
                let label = components.labels[y * width + x]
                guard label >= 0, isKept[Int(label)] else { continue }
                // The light edges of a stroke belong to it.
                for row in max(0, y - 1)...min(height - 1, y + 1) {
                    for column in max(0, x - 1)...min(width - 1, x + 1) { near[row * width + column] = true }
                }
            }
        }
        return Ink(width: width, height: height, clamped: values.indices.map { near[$0] ? values[$0] : 0 })
    }

    private func touchesEdge(_ piece: Components.Piece) -> Bool {
        piece.box.x == 0 || piece.box.y == 0 || piece.box.right == width || piece.box.bottom == height
    }

    /// Whether a piece lies along an edge of the picture for a good part of it.
    private func isShadow(_ piece: Components.Piece) -> Bool {
        let box = piece.box
        let touchesSide = box.x == 0 || box.right == width
        let touchesEnd = box.y == 0 || box.bottom == height
        return touchesSide && 2 * box.height > height && 4 * box.width < width
            || touchesEnd && 2 * box.width > width && 4 * box.height < height
            || touchesSide && touchesEnd && (3 * box.width > width || 3 * box.height > height)
    }
}
