import Tensors
import Testing

@Suite struct RowsTests {
    @Test(arguments: [[1, 1], [5, 3], [1000, 7], [64, 31, 33], [0, 4], [70000, 1]])
    func sumsEveryChannel(_ extents: [Int]) {
        let x = noise(Shape(extents), 1)
        let columns = extents[extents.count - 1]
        var sums = [Double](repeating: 0, count: columns)
        for (i, value) in x.elements.enumerated() { sums[i % columns] += Double(value) }
        #expect(gap(sumRows(x, on: .shared), Tensor([columns], sums.map { Float($0) })) < 1e-6)
    }

    @Test func findsTheMomentsOfChannelsFarFromZero() {
        let (rows, columns) = (3000, 5)
        let x = mapped(noise([rows, columns], 1), on: .shared) { $0 + 1000 }
        let (mean, variance) = channelMoments(x, on: .shared)
        for c in 0..<columns {
            let values = (0..<rows).map { Double(x[$0 * columns + c]) }
            let exact = values.reduce(0, +) / Double(rows)
            let spread = values.reduce(0) { $0 + ($1 - exact) * ($1 - exact) } / Double(rows)
            #expect(abs(Double(mean[c]) - exact) <= 1e-6 * exact)
            #expect(abs(Double(variance[c]) - spread) <= 1e-6 * spread)
        }
    }

    @Test func givesTheSameBitsForAnyNumberOfThreads() {
        let x = noise([40000, 3], 1)
        let one = WorkerPool(threads: 1)
        for threads in [2, 3] {
            let pool = WorkerPool(threads: threads)
            #expect(sumRows(x, on: pool) == sumRows(x, on: one))
            #expect(channelMoments(x, on: pool).variance == channelMoments(x, on: one).variance)
        }
    }

    @Test func addsAndScalesByChannel() {
        let x = Tensor([2, 1, 2], [1, 2, 3, 4])
        #expect(addingRow(x, Tensor([2], [10, 20]), on: .shared).elements == [11, 22, 13, 24])
        #expect(
            scaledShifted(x, scale: Tensor([2], [2, 3]), shift: Tensor([2], [1, 0]), on: .shared).elements
                == [3, 6, 7, 12])
    }
}
