#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Recognizer {
    /// What of the ink spoke for a digit, and what against it.
    ///
    /// - Parameter digit: the answer's own where none is given.
    /// - Throws: ``RecognizerError/noDigit(_:)`` for what is not from 0 to 9; what running the model throws.
    public func heatMap(
        of recognition: Recognition, for digit: Int? = nil, budget: ReadingBudget = ReadingBudget()
    ) throws -> HeatMap {
        let digit = digit ?? recognition.digit
        guard (0...9).contains(digit) else { throw RecognizerError.noDigit(digit) }
        let (side, patch, step) = (InkPreparation.side, HeatMap.patch, HeatMap.step)
        let pixels = recognition.preparation.pixels.values
        var places: [(x: Int, y: Int)] = []
        var covered: [[Float]] = [pixels]
        for y in stride(from: 0, through: side - patch, by: step) {
            for x in stride(from: 0, through: side - patch, by: step) {
                var image = pixels
                var wiped: Float = 0
                for row in y..<(y + patch) {
                    for column in x..<(x + patch) {
                        wiped += image[row * side + column]
                        image[row * side + column] = 0
                    }
                }
                guard wiped > 0.1 else { continue }
                places.append((x, y))
                covered.append(image)
            }
        }
        let logarithms = try probabilities(ofPixels: covered, budget).map { log(max($0[digit], 1e-7)) }
        var sums = [Float](repeating: 0, count: side * side)
        var counts = sums
        for (place, logarithm) in zip(places, logarithms.dropFirst()) {
            for row in place.y..<(place.y + patch) {
                for column in place.x..<(place.x + patch) {
                    sums[row * side + column] += logarithms[0] - logarithm
                    counts[row * side + column] += 1
                }
            }
        }
        var values = [Float](repeating: 0, count: side * side)
        for point in values.indices where counts[point] > 0 {
            values[point] = sums[point] / counts[point] * pixels[point]
        }
        let most = values.map(abs).max() ?? 0
        return HeatMap(
            side: side, values: most > 0 ? values.map { $0 / most } : values, digit: digit)
    }
}

extension HeatMap {
    /// The side of what is wiped away at once, and how far the next is.
    fileprivate static let patch = 4
    fileprivate static let step = 2
}
