import Images

/// Pictures of how ink became what the network saw: a row for each digit with the ink and the digit's box on it, the crop,
/// the fit into 20×20, and the 28×28 points.
public struct StepsSheet: Sendable {
    private var rows: [Recognition] = []

    public init() {}

    /// - Throws: ``ReadingError`` where the sheet would have more rows than a picture can well have.
    public mutating func add(_ recognition: Recognition) throws(ReadingError) {
        guard rows.count < Self.most else { throw .tooManyRows(limit: Self.most) }
        rows.append(recognition)
    }

    private static let most = 1000

    private static let tile = 168
    private static let gap = 12

    /// The sheet, dark strokes on white; a white pixel without any row.
    public var image: RasterImage {
        guard !rows.isEmpty else { return RasterImage(width: 1, height: 1, bytes: [255]) }
        let (tile, gap) = (Self.tile, Self.gap)
        let (width, height) = (4 * tile + 5 * gap, rows.count * (tile + gap) + gap)
        var bytes = [UInt8](repeating: 255, count: width * height)
        for (row, recognition) in rows.enumerated() {
            let preparation = recognition.preparation
            let steps = [preparation.ink, preparation.cropped, preparation.fitted, preparation.pixels]
            for (column, ink) in steps.enumerated() {
                let (left, top) = (gap + column * (tile + gap), gap + row * (tile + gap))
                for y in 0..<tile {
                    for x in 0..<tile {
                        bytes[(top + y) * width + left + x] = Self.shade(ink, x, y, column, preparation)
                    }
                }
            }
        }
        return RasterImage(width: width, height: height, bytes: bytes)
    }

    /// A point of a tile, in which ink lies as large as it fits.
    private static func shade(_ ink: Ink, _ x: Int, _ y: Int, _ step: Int, _ preparation: InkPreparation) -> UInt8 {
        // The last two stand on the same 28×28, so that they can be compared.
        let longer = step == 2 ? InkPreparation.side : max(ink.width, ink.height)
        let (width, height) = (ink.width * tile / longer, ink.height * tile / longer)
        let (left, top) = (x - (tile - width) / 2, y - (tile - height) / 2)
        guard left >= 0, top >= 0, left < width, top < height else { return 240 }
        let (column, row) = (min(ink.width - 1, left * longer / tile), min(ink.height - 1, top * longer / tile))
        if step == 0 {
            let box = preparation.crop
            let line = max(1, longer / tile)
            let isInside =
                column >= box.x - line && column < box.right + line
                && row >= box.y - line && row < box.bottom + line
            let isWithin = column >= box.x && column < box.right && row >= box.y && row < box.bottom
            if isInside, !isWithin { return 150 }
        }
        return UInt8(255 - 255 * ink[column, row])
    }
}
