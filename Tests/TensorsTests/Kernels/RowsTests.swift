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
