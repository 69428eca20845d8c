import Tensors
import Testing

/// Shapes that meet, and the one that comes out, as NumPy has it.
@Suite struct BroadcastTests {
    static let pairs: [(Shape, Shape, Shape)] = [
        ([2, 5, 7, 3], [3], [2, 5, 7, 3]),
        ([2, 5, 7, 3], [2, 1, 1, 3], [2, 5, 7, 3]),
        ([3, 40, 30, 72], [3, 1, 1, 72], [3, 40, 30, 72]),
        ([1, 1, 96], [4, 50, 96], [4, 50, 96]),
        ([4, 6, 5], [4, 6, 1], [4, 6, 5]),
        ([4, 6, 5], [6, 1], [4, 6, 5]),
        ([200, 301], [1], [200, 301]),
        ([2, 1, 5], [1, 3, 1], [2, 3, 5]),
        ([3, 1], [1, 3], [3, 3]),
        ([0, 3], [3], [0, 3]),
    ]

    @Test(arguments: pairs)
    func repeatsAlongAxesOfOne(_ a: Shape, _ b: Shape, _ expected: Shape) {
        let pool = WorkerPool(threads: 2)
        let (x, y) = (noise(a, 1), noise(b, 2))
        let (wholeX, wholeY) = (repeated(x, expected), repeated(y, expected))
        #expect(broadcast(x, to: expected, on: pool) == wholeX)
        #expect(adding(x, y, on: pool) == adding(wholeX, wholeY, on: pool))
        #expect(subtracting(x, y, on: pool) == subtracting(wholeX, wholeY, on: pool))
        #expect(multiplying(y, x, on: pool) == multiplying(wholeY, wholeX, on: pool))
        #expect(multiplying(x, y, on: pool).shape == expected)
    }

    @Test(arguments: pairs)
    func sumsBackWhatItRepeated(_ a: Shape, _ b: Shape, _ expected: Shape) {
        let dy = noise(expected, 3)
        var sums = [Double](repeating: 0, count: b.elementCount)
        for (i, place) in places(b, expected).enumerated() { sums[place] += Double(dy[i]) }
        #expect(summed(dy, to: b, on: .shared) == Tensor(b, sums.map { Float($0) }))
    }

    /// Element by element, from the definition.
    private func repeated(_ x: Tensor, _ shape: Shape) -> Tensor { Tensor(shape, places(x.shape, shape).map { x[$0] }) }

    /// Where each element of the large shape comes from.
    private func places(_ small: Shape, _ large: Shape) -> [Int] {
        (0..<large.elementCount).map { element in
            var (rest, stride, place) = (element, 1, 0)
            for (distance, extent) in large.reversed().enumerated() {
                let own = small.count - 1 - distance
                if own >= 0 {
                    if small[own] != 1 { place += rest % extent * stride }
                    stride *= small[own]
                }
                rest /= extent
            }
            return place
        }
    }
}
