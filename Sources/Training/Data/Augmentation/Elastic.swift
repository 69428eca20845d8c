import Tensors

extension Augmentation {
    /// Bends the image as an unsteady hand does (Simard et al., 2003): each pixel moves on its own, neighbours alike.
    ///
    /// The moves are a cubic B-spline over a grid of random ones, a quarter of the image apart; their standard deviation
    /// is the amount. For 28×28 pixels that is about Simard's Gaussian of 4 pixels.
    public struct Elastic: ImageTransform {
        public static let name = "elastic"
        public static let summary = "bent: pixels move by N pixels (standard deviation), neighbours alike"
        public static let standardAmount = 0.7
        public static let amounts = 0.0...100.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }
    }
}

/// The random moves of an image's pixels.
package struct ElasticField: Sendable {
    /// Cells of the grid along each axis.
    private static let cells = 4
    /// Points that the pixels of `cells` cells depend on.
    private static let points = cells + 3

    private let columns: [SplineWeights]
    private let rows: [SplineWeights]
    private let reach: Float

    package init(_ elastic: Augmentation.Elastic, _ size: ImageSize) {
        columns = (0..<size.width).map { SplineWeights($0, of: size.width, cells: Self.cells) }
        rows = (0..<size.height).map { SplineWeights($0, of: size.height, cells: Self.cells) }
        // Uniform in ±√3 has standard deviation 1; the spline leaves 0.479 of it, measured over all pixels.
        reach = Float(elastic.amount / 0.479 * 3.0.squareRoot())
    }

    // MARK: move(x, y) = Σ Bⱼ(y) Bᵢ(x) · grid[j, i]

    /// Writes how far each pixel moves along x, and after all of these along y.
    package func fill(_ moves: UnsafeMutablePointer<Float>, _ draw: Random) {
        let points = Self.points
        let pixels = rows.count * columns.count
        withUnsafeTemporaryAllocation(of: Float.self, capacity: points * (points + 1)) { memory in
            guard let grid = memory.baseAddress else { return }
            let line = grid + points * points
            for axis in 0..<2 {
                let random = draw.stream(UInt64(axis))
                for block in 0..<(points * points + 3) / 4 {
                    let words = random.words(at: UInt64(block))
                    for k in 0..<min(4, points * points - 4 * block) {
                        grid[4 * block + k] = reach * (Float(words[k] >> 8) * 0x1p-23 - 1)
                    }
                }
                var target = moves + axis * pixels
                for row in rows {
                    let w = row.weights
                    for i in 0..<points {
                        let from = grid + row.first * points + i
                        line[i] =
                            w.x * from[0] + w.y * from[points] + w.z * from[2 * points] + w.w * from[3 * points]
                    }
                    for (x, column) in columns.enumerated() {
                        let (w, from) = (column.weights, line + column.first)
                        target[x] = w.x * from[0] + w.y * from[1] + w.z * from[2] + w.w * from[3]
                    }
                    target += columns.count
                }
            }
        }
    }
}

/// The four grid points that a pixel's move depends on, and how much on each.
private struct SplineWeights: Sendable {
    var first: Int
    var weights: SIMD4<Float>

    init(_ pixel: Int, of count: Int, cells: Int) {
        let place = (Float(pixel) + 0.5) / Float(count) * Float(cells)
        first = min(cells - 1, Int(place))
        let t = place - Float(first)
        let (t2, t3) = (t * t, t * t * t)
        weights = SIMD4(1 - 3 * t + 3 * t2 - t3, 4 - 6 * t2 + 3 * t3, 1 + 3 * t + 3 * t2 - 3 * t3, t3) / 6
    }
}
