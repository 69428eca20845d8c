import Images

/// Groups of small images under headings: kernels, feature maps.
struct TileSheet {
    struct Group {
        var heading: String
        var note: String
        var columns: Int
        var tiles: [(image: RasterImage, label: String)]
    }

    var title: String
    var groups: [Group] = []

    /// The picture; tiles of a group are enlarged alike, by a whole factor where they are small.
    var drawing: Drawing {
        let room = 720.0
        var heights: [Double] = []
        var sizes: [(width: Double, height: Double)] = []
        for group in groups {
            let first = group.tiles.first?.image
            let (w, h) = (Double(first?.width ?? 1), Double(first?.height ?? 1))
            let across = Double(max(1, min(group.columns, group.tiles.count)))
            let most = max(0.5, (room / across - 4) / w)
            let factor = min(most, max(1, 64 / max(w, h)))
            let whole = factor > 1 ? factor.rounded(.down) : factor
            sizes.append((w * whole, h * whole))
            let rows = (group.tiles.count + group.columns - 1) / max(1, group.columns)
            heights.append(46 + Double(rows) * (h * whole + 4))
        }
        var drawing = Drawing(width: room + 48, height: 64 + heights.reduce(0, +), title: title)
        drawing.text(title, x: 24, y: 34, size: 17, isBold: true)
        var top = 52.0
        for (number, group) in groups.enumerated() {
            drawing.text(group.heading, x: 24, y: top + 20, size: 14, isBold: true)
            drawing.text(group.note, x: 24 + room, y: top + 20, size: 12, anchor: .end, .faint)
            let size = sizes[number]
            for (position, tile) in group.tiles.enumerated() {
                drawing.image(
                    tile.image, x: 24 + Double(position % group.columns) * (size.width + 4),
                    y: top + 30 + Double(position / group.columns) * (size.height + 4), width: size.width,
                    height: size.height, label: tile.label)
            }
            top += heights[number]
        }
        return drawing
    }
}
