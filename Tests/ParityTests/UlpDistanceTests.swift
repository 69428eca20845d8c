import Parity
import Tensors
import Testing

@Suite struct UlpDistanceTests {
    @Test(
        arguments: [
            (1, 1, 0), (0, -0.0, 0), (1, Float(1).nextUp, 1), (1, Float(1).nextDown, 1), (2, Float(2).nextDown, 1),
            (.leastNonzeroMagnitude, 0, 1), (.leastNonzeroMagnitude, -.leastNonzeroMagnitude, 2),
            (-1, Float(-1).nextUp, 1), (1, 2, 1 << 23), (-1, 1, 2 * 0x3F80_0000),
            (.greatestFiniteMagnitude, .infinity, 1), (-.infinity, .infinity, 2 * 0x7F80_0000),
        ] as [(Float, Float, Int)])
    func countsTheFloatsBetween(_ a: Float, _ b: Float, _ distance: Int) {
        #expect(ulpDistance(a, b) == distance)
        #expect(ulpDistance(b, a) == distance)
    }

    @Test func sortsDistancesIntoPowersOfTwo() {
        let theirs = [Float](repeating: 1, count: 7)
        let ours = [0, 1, 2, 3, 4, 5, 9].map { Float(bitPattern: Float(1).bitPattern + $0) }
        let rows = Comparison(Tensor([7], ours), Tensor([7], theirs)).ulps.rows
        #expect(rows.map(\.label) == ["0", "1", "2", "3–4", "5–8", "9–16"])
        #expect(rows.map(\.count) == [1, 1, 1, 2, 1, 1])
    }

    @Test func holdsTheLargestDistance() {
        let rows = Comparison(Tensor([1], [-.infinity]), Tensor([1], [.infinity])).ulps.rows
        #expect(rows.last?.count == 1 && rows.last?.label == "… 2³²")
    }
}
