/// The largest or smallest value in a square around each point, and what both together tell.
enum Closing {
    /// The plane without what is darker than its surroundings and narrower than twice the reach.
    ///
    /// The largest around each point, then the smallest of these: edges and slopes of wider parts stay where they are.
    static func closed(_ values: [Float], _ width: Int, _ height: Int, reaching reach: Int) -> [Float] {
        let dilated = extreme(values, width, height, reach) { max($0, $1) }
        return extreme(dilated, width, height, reach) { min($0, $1) }
    }

    private static func extreme(
        _ values: [Float], _ width: Int, _ height: Int, _ reach: Int, _ pick: (Float, Float) -> Float
    ) -> [Float] {
        var across = [Float](repeating: 0, count: values.count)
        for y in 0..<height {
            line(values, start: y * width, step: 1, count: width, reach, pick, into: &across)
        }
        var result = across
        for x in 0..<width {
            line(across, start: x, step: width, count: height, reach, pick, into: &result)
        }
        return result
    }

    /// One row or column in three steps a point, whatever the reach (van Herk): the extremes of blocks from their starts
    /// and from their ends.
    private static func line(
        _ values: [Float], start: Int, step: Int, count: Int, _ reach: Int, _ pick: (Float, Float) -> Float,
        into result: inout [Float]
    ) {
        let block = 2 * reach + 1
        let padded = count + 2 * reach
        func value(_ place: Int) -> Float { values[start + min(count - 1, max(0, place - reach)) * step] }
        var forward = [Float](repeating: 0, count: padded)
        var backward = forward
        for place in 0..<padded {
            forward[place] = place % block == 0 ? value(place) : pick(forward[place - 1], value(place))
        }
        for place in stride(from: padded - 1, through: 0, by: -1) {
            let isEnd = place == padded - 1 || (place + 1) % block == 0
            backward[place] = isEnd ? value(place) : pick(backward[place + 1], value(place))
        }
        for place in 0..<count {
            result[start + place * step] = pick(backward[place], forward[place + block - 1])
        }
    }
}
