import Tensors
import Testing

/// The kernels of normalization against the same sums in double precision.
@Suite struct NormalizationTests {
    private static let shapes: [Shape] = [[1, 1], [3, 5], [7, 16], [2, 9, 11, 19], [700, 33]]

    @Test(arguments: pools, shapes)
    func sumsAndMixesGradients(_ pool: WorkerPool, _ shape: Shape) {
        let columns = shape[shape.count - 1]
        let (x, dy, y) = (noise(shape, 1), noise(shape, 2), noise(shape, 3))
        let (mean, a, b, c) = (noise([columns], 4), noise([columns], 5), noise([columns], 6), noise([columns], 7))
        for rectified in [nil, y] {
            var (sums, products) = (
                [Double](repeating: 0, count: columns), [Double](repeating: 0, count: columns)
            )
            var gradient = [Float]()
            for i in 0..<x.count {
                let j = i % columns
                let g = rectified.map { $0[i] > 0 } ?? true ? Double(dy[i]) : 0
                let distance = Double(x[i]) - Double(mean[j])
                sums[j] += g
                products[j] += g * distance
                gradient.append(Float(Double(a[j]) * g + Double(b[j]) * distance + Double(c[j])))
            }
            let found = normalizationSums(dy, x, mean: mean, rectified: rectified, on: pool)
            // Against the size of what is summed, for the sums may cancel.
            let scale = Float(x.count / columns).squareRoot()
            for j in 0..<columns {
                #expect(abs(found.sum[j] - Float(sums[j])) <= 1e-6 * scale)
                #expect(abs(found.product[j] - Float(products[j])) <= 1e-6 * scale)
            }
            let dx = normalizationGradient(dy, x, mean: mean, rectified: rectified, a: a, b: b, c: c, on: pool)
            #expect(gap(dx, Tensor(shape, gradient)) < 1e-6)
        }
    }

    @Test(arguments: pools)
    func scalesShiftsAndRectifies(_ pool: WorkerPool) {
        let (x, scale, shift) = (noise([37, 21], 1), noise([21], 2), noise([21], 3))
        let plain = scaledShifted(x, scale: scale, shift: shift, on: pool)
        let expected = (0..<x.count).map { scale[$0 % 21] * x[$0] + shift[$0 % 21] }
        #expect(gap(plain, Tensor(x.shape, expected)) < 1e-6)
        #expect(
            scaledShifted(x, scale: scale, shift: shift, relu: true, on: pool) == relu(plain, on: pool))
        var broken = x
        broken[4] = .nan
        #expect(scaledShifted(broken, scale: scale, shift: shift, relu: true, on: pool)[4].isNaN)
    }

    @Test(arguments: pools)
    func findsTheMomentsOfChannelsFarFromZero(_ pool: WorkerPool) {
        let (rows, columns) = (3001, 19)
        let x = mapped(noise([rows, columns], 1), on: pool) { $0 + 1000 }
        let (mean, variance) = channelMoments(x, on: pool)
        for c in 0..<columns {
            let values = (0..<rows).map { Double(x[$0 * columns + c]) }
            let exact = values.reduce(0, +) / Double(rows)
            let spread = values.reduce(0) { $0 + ($1 - exact) * ($1 - exact) } / Double(rows)
            #expect(abs(Double(mean[c]) - exact) <= 1e-6 * exact)
            #expect(abs(Double(variance[c]) - spread) <= 1e-6 * spread)
        }
    }
}
