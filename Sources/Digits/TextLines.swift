/// Components in lines of text, parts of one digit together.
struct TextLines {
    /// One digit's components, or those of several that touch.
    struct Group {
        var box: PixelRect
        var members: [Int]
        var count: Int

        func joined(_ other: Group) -> Group {
            Group(box: box.union(other.box), members: members + other.members, count: count + other.count)
        }
    }

    /// From top to bottom, and each from left to right.
    private(set) var lines: [[Group]] = []

    /// - Parameter most: how many components may be more than specks; what follows takes the square of that.
    /// - Throws: ``ReadingError`` where there are more.
    init(_ components: Components, most: Int) throws(ReadingError) {
        let tallest = components.pieces.map(\.box.height).max() ?? 0
        let groups = components.pieces.enumerated().map { Group(box: $1.box, members: [$0], count: $1.count) }
        // What is far smaller than everything else is a speck.
        let largest = groups.map(\.count).max() ?? 0
        let parts = groups.filter { $0.count * 100 >= largest && max($0.box.width, $0.box.height) * 12 >= tallest }
        guard parts.count <= most else { throw .tooManyPieces(found: parts.count, limit: most) }
        let real = Self.withBars(parts)
        let seeds = real.filter { $0.box.height * 2 >= tallest }.sorted { $0.box.y < $1.box.y }
        var rows: [PixelRect] = []
        for seed in seeds {
            // A line is what shares half of its height with the line so far.
            let line = rows.indices.last {
                2 * rows[$0].sharedRows(with: seed.box) >= min(rows[$0].height, seed.box.height)
            }
            if let line { rows[line] = rows[line].union(seed.box) } else { rows.append(seed.box) }
        }
        var sorted = [[Group]](repeating: [], count: rows.count)
        for group in real {
            let middle = 2 * group.box.y + group.box.height
            let nearest = rows.indices.max { first, second in
                let shared = (rows[first].sharedRows(with: group.box), rows[second].sharedRows(with: group.box))
                if shared.0 != shared.1 { return shared.0 < shared.1 }
                func distance(_ row: PixelRect) -> Int { abs(2 * row.y + row.height - middle) }
                return distance(rows[first]) > distance(rows[second])
            }
            if let nearest { sorted[nearest].append(group) }
        }
        let order = rows.indices.sorted { rows[$0].y < rows[$1].y }
        lines = order.map { Self.merged(sorted[$0], height: rows[$0].height) }
    }

    /// Joins bars, as of a 5, to what is right below or above them, before they pass for a line of their own.
    private static func withBars(_ groups: [Group]) -> [Group] {
        var groups = groups
        for bar in groups.indices.reversed() where 6 * groups[bar].box.height < 5 * groups[bar].box.width {
            let box = groups[bar].box
            let body = groups.indices.first { other in
                let body = groups[other].box
                let over = max(box.x, body.x) - min(box.right, body.right)
                let down = max(box.y, body.y) - min(box.bottom, body.bottom)
                let union = box.union(body)
                return other != bar && groups[bar].count < groups[other].count && box.height < body.height
                    && 6 * over < body.height && 4 * down < body.height && 2 * union.width < 3 * union.height
            }
            guard let body else { continue }
            groups[body] = groups[body].joined(groups[bar])
            groups.remove(at: bar)
        }
        return groups
    }

    /// Joins what belongs to one digit: parts above each other, and small parts with what they nearly touch.
    ///
    /// As if the first pair that belongs together were looked for anew after each, but only what has just grown is held
    /// against the others again: the square of the parts, not their cube.
    private static func merged(_ groups: [Group], height: Int) -> [Group] {
        var groups = groups
        func partner(of group: Int, in range: Range<Int>) -> Int? {
            range.first { belong(groups[min($0, group)].box, groups[max($0, group)].box, height) }
        }
        /// What stands before was held against everything.
        var next = 0
        while next < groups.count {
            var grown = next
            next += 1
            while let later = partner(of: grown, in: (grown + 1)..<groups.count) {
                groups[grown] = groups[grown].joined(groups[later])
                groups.remove(at: later)
                if later < next { next -= 1 }
                while let earlier = partner(of: grown, in: 0..<grown) {
                    groups[earlier] = groups[earlier].joined(groups[grown])
                    groups.remove(at: grown)
                    next -= 1
                    grown = earlier
                }
            }
        }
        return groups.sorted { 2 * $0.box.x + $0.box.width < 2 * $1.box.x + $1.box.width }
    }

    private static func belong(_ a: PixelRect, _ b: PixelRect, _ height: Int) -> Bool {
        let narrow = min(a.width, b.width)
        let shared = a.sharedColumns(with: b)
        // Two that are as tall as digits are two digits, even if one leans over the other.
        let areTall = 4 * min(a.height, b.height) > 3 * height
        if 2 * shared > narrow { return !areTall || 10 * shared > 9 * narrow && 4 * narrow > height }
        // A part that is too low for a digit, such as the bar of a 5, belongs to what it nearly reaches.
        guard 5 * min(a.height, b.height) < 3 * height else { return false }
        let gap = max(a.x, b.x) - min(a.right, b.right)
        return 8 * gap < height && 10 * a.union(b).width < 13 * height
    }
}
