extension OptionReader {
    /// Cells on both sides of each axis: one number for all, one for each axis, or a pair for each axis.
    mutating func sides(
        _ name: String, axes: Int, default fallback: Int
    ) throws(OptionError) -> [(before: Int, after: Int)] {
        let pair: (OptionValue) -> (before: Int, after: Int)? = { value in
            if let one = value.int { return one >= 0 ? (one, one) : nil }
            guard let two = value.array, two.count == 2, let before = two[0].int, let after = two[1].int,
                before >= 0, after >= 0
            else { return nil }
            return (before, after)
        }
        return try optional(name, "whole numbers ≥ 0: one, \(axes), or \(axes) pairs") { value in
            // A single axis may be written as its pair alone.
            if axes == 1 {
                return pair(value).map { [$0] }
                    ?? value.array.flatMap { $0.count == 1 ? pair($0[0]) : nil }.map { [$0] }
            }
            if value.int != nil { return pair(value).map { Array(repeating: $0, count: axes) } }
            guard let list = value.array, list.count == axes else { return nil }
            let sides = list.compactMap(pair)
            return sides.count == axes ? sides : nil
        } ?? Array(repeating: (fallback, fallback), count: axes)
    }
}
