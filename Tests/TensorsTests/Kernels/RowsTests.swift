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

    @Test(arguments: [[1, 1, 1], [2, 112, 112, 32], [3, 7, 7, 160], [2, 30, 5], [1, 9000, 3], [0, 4, 4]])
    func takesTheMeanOfEveryChannel(_ extents: [Int]) {
        let x = noise(Shape(extents), 1)
        let (batch, columns) = (extents[0], extents[extents.count - 1])
        var sums = [Double](repeating: 0, count: batch * columns)
        let sample = max(1, x.count / max(batch, 1))
        for (i, value) in x.elements.enumerated() { sums[i / sample * columns + i % columns] += Double(value) }
        let expected = sums.map { Float($0 * Double(columns) / Double(sample)) }
        let means = channelMeans(x, on: WorkerPool(threads: 1))
        #expect(gap(means, Tensor([batch, columns], expected)) < 1e-6)
        for threads in [2, 3] { #expect(channelMeans(x, on: WorkerPool(threads: threads)) == means) }
    }

    /// Of a few channels, several rows lie in one register; 33 rows do not divide.
    @Test(arguments: [[2, 3, 16, 3], [64, 1], [33, 3], [32, 15], [16, 40]])
    func scalesAndShiftsByChannel(_ extents: [Int]) {
        let x = noise(Shape(extents), 1)
        let columns = extents[extents.count - 1]
        let (scale, shift) = (noise([columns], 2), noise([columns], 3))
        let expected = x.elements.enumerated().map { scale[$0 % columns] * $1 + shift[$0 % columns] }
        #expect(gap(scaledShifted(x, scale: scale, shift: shift, on: .shared), Tensor(x.shape, expected)) < 1e-6)
    }

    @Test func addsAndScalesByChannel() {
        let x = Tensor([2, 1, 2], [1, 2, 3, 4])
        #expect(addingRow(x, Tensor([2], [10, 20]), on: .shared).elements == [11, 22, 13, 24])
        #expect(
            scaledShifted(x, scale: Tensor([2], [2, 3]), shift: Tensor([2], [1, 0]), on: .shared).elements
                == [3, 6, 7, 12])
    }
}
