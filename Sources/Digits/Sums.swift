/// Sums over any rectangle of a plane in four steps (an integral image).
struct Sums {
    private let sums: [Double]
    private let width: Int
    private let height: Int

    init(_ values: [Float], _ width: Int, _ height: Int) {
        (self.width, self.height) = (width, height)
        var sums = [Double](repeating: 0, count: (width + 1) * (height + 1))
        for y in 0..<height {
            var row = 0.0
            for x in 0..<width {
                row += Double(values[y * width + x])
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row
            }
        }
        self.sums = sums
    }

    /// The sum around a point, as far as the plane goes, and of how many points it is.
    func around(_ x: Int, _ y: Int, reaching reach: Int) -> (sum: Double, count: Int) {
        let (left, right) = (max(0, x - reach), min(width, x + reach + 1))
        let (top, bottom) = (max(0, y - reach), min(height, y + reach + 1))
        let line = width + 1
        let sum =
            sums[bottom * line + right] - sums[top * line + right] - sums[bottom * line + left]
            + sums[top * line + left]
        return (sum, (right - left) * (bottom - top))
    }

    /// The mean around every point.
    func means(reaching reach: Int) -> [Float] {
        var means = [Float](repeating: 0, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                let (sum, count) = around(x, y, reaching: reach)
                means[y * width + x] = Float(sum / Double(count))
            }
        }
        return means
    }
}
