/// A plane without its narrow dark parts (a morphological closing).
enum Closing {
    /// The plane without what is darker than its surroundings and narrower than twice the reach.
    ///
    /// The largest around each point, then the smallest of these: edges and slopes of wider parts stay where they are.
    static func closed(_ values: [Float], _ width: Int, _ height: Int, reaching reach: Int) -> [Float] {
        // Columns first, then rows as columns, so that all loops run along memory.
        let tall = extremes(values, width, height, reach, { max($0, $1) })
        let turned = transposed(tall, width, height)
        let dilated = extremes(turned, height, width, reach, { max($0, $1) })
        let narrow = extremes(dilated, height, width, reach, { min($0, $1) })
        return extremes(transposed(narrow, height, width), width, height, reach, { min($0, $1) })
    }

    /// The extremes of each column's stretches around a point, in three steps a point whatever the reach (van Herk): of
    /// blocks from their starts, and from their ends.
    private static func extremes(
        _ values: [Float], _ width: Int, _ height: Int, _ reach: Int, _ pick: (Float, Float) -> Float
    ) -> [Float] {
        let block = 2 * reach + 1
        let padded = height + 2 * reach
        let forward = [Float](unsafeUninitializedCapacity: padded * width) { forward, count in
            for row in 0..<padded {
                let source = min(height - 1, max(0, row - reach)) * width
                let isStart = row % block == 0
                for x in 0..<width {
                    let value = values[source + x]
                    forward[row * width + x] = isStart ? value : pick(forward[(row - 1) * width + x], value)
                }
            }
            count = padded * width
        }
        var backward = [Float](repeating: 0, count: width)
        return [Float](unsafeUninitializedCapacity: height * width) { result, count in
            for row in stride(from: padded - 1, through: 0, by: -1) {
                let source = min(height - 1, max(0, row - reach)) * width
                let isEnd = row == padded - 1 || (row + 1) % block == 0
                for x in 0..<width {
                    let value = values[source + x]
                    backward[x] = isEnd ? value : pick(backward[x], value)
                }
                guard row < height else { continue }
                let end = (row + block - 1) * width
                for x in 0..<width { result[row * width + x] = pick(backward[x], forward[end + x]) }
            }
            count = height * width
        }
    }

    /// Rows as columns.
    static func transposed(_ values: [Float], _ width: Int, _ height: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: values.count) { turned, count in
            let block = 32
            for top in stride(from: 0, to: height, by: block) {
                for left in stride(from: 0, to: width, by: block) {
                    for y in top..<min(height, top + block) {
                        for x in left..<min(width, left + block) { turned[x * height + y] = values[y * width + x] }
                    }
                }
            }
            count = values.count
        }
    }
}
