import Tensors
import Testing

@Suite struct MatrixProductTests {
    /// Rows, depth, columns: around the tiles and the blocks of every kernel, and far from them.
    static let extents = [
        [1, 1, 1], [1, 0, 3], [0, 4, 4], [2, 7, 5], [6, 16, 16], [12, 32, 32], [13, 31, 33], [5, 385, 1], [97, 64, 10],
        [100, 769, 65], [33, 512, 48], [1, 1000, 70], [200, 3, 129],
        [15, 40, 12], [8, 9, 9], [65, 30, 27], [9, 385, 11],
    ]

    @Test(arguments: pools, extents)
    func agreesWithTheDefinition(_ pool: WorkerPool, _ extents: [Int]) {
        let (rows, depth, columns) = (extents[0], extents[1], extents[2])
        for (transposingA, transposingB) in [(false, false), (true, false), (false, true), (true, true)] {
            let a = noise(transposingA ? [depth, rows] : [rows, depth], 1)
            let b = noise(transposingB ? [columns, depth] : [depth, columns], 2)
            let expected = Reference.matmul(a, b, transposingA: transposingA, transposingB: transposingB)
            let found = matmul(a, b, transposingA: transposingA, transposingB: transposingB, on: pool)
            #expect(gap(found, expected) < 2e-6)
        }
    }

    @Test(arguments: pools)
    func addsABiasAndRectifies(_ pool: WorkerPool) {
        let (x, kernel, bias) = (noise([2, 3, 40], 1), noise([40, 37], 2), noise([37], 3))
        let product = Reference.matmul(x.reshaped(to: [6, 40]), kernel).reshaped(to: [2, 3, 37])
        let sum = Tensor([2, 3, 37], product.elements.enumerated().map { $1 + bias[$0 % 37] })
        #expect(gap(dense(x, kernel, bias: bias, on: pool), sum) < 2e-6)
        let rectified = Tensor(sum.shape, sum.elements.map { max($0, 0) })
        #expect(gap(dense(x, kernel, bias: bias, relu: true, on: pool), rectified) < 2e-6)
    }

    @Test(arguments: pools, [[1, 700, 70], [3, 9, 10], [130, 400, 33]])
    func givesTheSameBitsPrepared(_ pool: WorkerPool, _ extents: [Int]) {
        let (x, kernel) = (noise([extents[0], extents[1]], 1), noise([extents[1], extents[2]], 2))
        let bias = noise([extents[2]], 3)
        let prepared = PreparedDense(kernel, bias: bias, relu: true, on: pool)
        #expect(prepared(x, on: pool) == dense(x, kernel, bias: bias, relu: true, on: pool))
        let closing = PreparedDense(kernel, bias: bias, closing: .tanh, on: pool)
        #expect(closing(x, on: pool) == hyperbolicTangent(dense(x, kernel, bias: bias, on: pool), on: pool))
        let cap = PointwiseFunction.ramp(maximum: 0.25)
        let capped = PreparedDense(kernel, bias: bias, closing: cap, on: pool)
        #expect(capped(x, on: pool) == cap(dense(x, kernel, bias: bias, on: pool), on: pool))
    }

    @Test(arguments: pools)
    func letsNaNAndInfinityThrough(_ pool: WorkerPool) {
        var x = Tensor([3, 2], repeating: 1)
        x[0] = .nan
        x[2] = .infinity
        let y = dense(x, Tensor([2, 5], repeating: 1), bias: nil, relu: true, on: pool)
        #expect(y[0].isNaN && y[4].isNaN && y[5] == .infinity && y[9] == .infinity && y[10] == 2)
    }

    @Test(arguments: InstructionSet.available)
    func givesTheSameBitsForAnyNumberOfThreadsAndAnyBatch(_ set: InstructionSet) {
        let (a, b) = (noise([301, 900], 1), noise([900, 70], 2))
        let one = matmul(a, b, on: WorkerPool(threads: 1, instructionSet: set))
        for threads in [2, 3, 7] { #expect(matmul(a, b, on: WorkerPool(threads: threads, instructionSet: set)) == one) }
        // Few enough to be a batch of their own; a matrix unit takes 16 rows and more.
        let count = set == .amx ? 16 : 3
        let few = Tensor([count, 900], a.elements[(100 * 900)..<((100 + count) * 900)])
        let found = matmul(few, b, on: .init(threads: 2, instructionSet: set))
        #expect(found.elements[...] == one.elements[7000..<(7000 + count * 70)])
    }

    /// A product in pieces rounds as a float32 sum does.
    @Test(
        .enabled(if: InstructionSet.available.contains(.amx), "this machine has no matrix unit"),
        arguments: [[64, 288, 64], [37, 1000, 50], [16, 40, 16]])
    func aMatrixUnitIsAsExactAsPlainSums(_ extents: [Int]) {
        let (rows, depth, columns) = (extents[0], extents[1], extents[2])
        let (a, b) = (noise([rows, depth], 1), noise([depth, columns], 2))
        func error(_ set: InstructionSet) -> Double {
            let found = matmul(a, b, on: WorkerPool(threads: 2, instructionSet: set))
            var largest = 0.0
            for row in 0..<rows {
                for column in 0..<columns {
                    let sum = (0..<depth).reduce(0.0) {
                        $0 + Double(a[row * depth + $1]) * Double(b[$1 * columns + column])
                    }
                    largest = max(largest, abs(Double(found[row * columns + column]) - sum))
                }
            }
            return largest
        }
        #expect(error(.amx) <= 1.5 * error(.avx512))
    }

    /// Rows with numbers that are not finite are plain sums, and disturb no other row.
    @Test(arguments: pools, [false, true])
    func aRowThatIsNotFiniteDisturbsNoOther(_ pool: WorkerPool, _ transposing: Bool) {
        let (rows, depth, columns) = (40, 300, 33)
        let (a, b) = (noise([rows, depth], 1), noise([depth, columns], 2))
        func product(_ a: Tensor, _ b: Tensor) -> Tensor {
            let turned =
                transposing ? Tensor([depth, rows], (0..<depth * rows).map { a[$0 % rows * depth + $0 / rows] }) : a
            return matmul(turned, b, transposingA: transposing, on: pool)
        }
        let expected = product(a, b)
        var x = a
        (x[5 * depth + 3], x[20 * depth + 299], x[39 * depth]) = (.infinity, .nan, -.infinity)
        let found = product(x, b)
        for row in 0..<rows {
            for column in 0..<columns {
                let y = found[row * columns + column]
                switch row {
                case 5: #expect(y == (b[3 * columns + column] > 0 ? .infinity : -.infinity))
                case 20: #expect(y.isNaN)
                case 39: #expect(y == (b[column] > 0 ? -.infinity : .infinity))
                default: #expect(y == expected[row * columns + column])
                }
            }
        }
        var weights = b
        weights[7 * columns + 2] = .infinity
        let sums = product(a, weights)
        for row in 0..<rows { #expect(sums[row * columns + 2] == (a[row * depth + 7] > 0 ? .infinity : -.infinity)) }
    }

    /// A deep kernel is read forwards and backwards in turn, by threads that keep to their parts of it.
    @Test(arguments: InstructionSet.available, [1, 3])
    func aPreparedKernelGivesTheSameBitsEachTime(_ set: InstructionSet, _ rows: Int) {
        let (x, kernel, bias) = (noise([rows, 5000], 1), noise([5000, 70], 2), noise([70], 3))
        let plain = dense(x, kernel, bias: bias, relu: true, on: WorkerPool(threads: 1, instructionSet: set))
        for threads in [1, 2, 3] {
            let pool = WorkerPool(threads: threads, instructionSet: set)
            let prepared = PreparedDense(kernel, bias: bias, relu: true, on: pool)
            for _ in 0..<4 { #expect(prepared(x, on: pool) == plain) }
        }
    }

    /// A row with zeros among its numbers, in every pattern that a kernel takes at once, and of every width of a rest.
    @Test(arguments: pools, [[2048, 16], [5000, 70], [2600, 3], [3001, 33], [2100, 2000]])
    func aRowThatPassesOverItsZerosHasTheSameBits(_ pool: WorkerPool, _ extents: [Int]) {
        let (depth, units) = (extents[0], extents[1])
        let (kernel, bias) = (noise([depth, units], 2), noise([units], 3))
        let prepared = PreparedDense(kernel, bias: bias, relu: true, on: pool)
        for keeps in [{ _ in true }, { $0 % 4 == 1 }, { $0 % 1000 < 3 }, { _ in false }] as [(Int) -> Bool] {
            let numbers = noise([1, depth], 1).elements.enumerated()
            let x = Tensor([1, depth], numbers.map { keeps($0) ? $1 : $0 % 2 == 0 ? 0 : -0.0 })
            let found = prepared(x, on: pool)
            #expect(found == dense(x, kernel, bias: bias, relu: true, on: pool))
            let among = prepared(Tensor([2, depth], x.elements + x.elements), on: pool)
            #expect(found.elements == Array(among.elements[..<units]))
        }
    }

    /// Rows that are mostly zero, around the chunks and the panels of every kernel, on every way that a product is cut.
    static let sparseExtents = [
        [16, 64, 128], [130, 400, 130], [20, 1000, 300], [63, 2100, 200], [500, 1030, 129],
    ]

    /// The same bits as among so many rows without zeros that none is passed over.
    @Test(arguments: pools, sparseExtents)
    func rowsThatPassOverTheirZerosHaveTheSameBits(_ pool: WorkerPool, _ extents: [Int]) {
        let (rows, depth, units) = (extents[0], extents[1], extents[2])
        let (x, full) = (sparseNoise([rows, depth], 1), noise([2 * rows, depth], 2))
        let (kernel, bias) = (noise([depth, units], 3), noise([units], 4))
        let stack = Tensor([3 * rows, depth], x.elements + full.elements)
        let expected = dense(stack, kernel, bias: bias, relu: true, on: pool).elements[..<(rows * units)]
        #expect(dense(x, kernel, bias: bias, relu: true, on: pool).elements[...] == expected)
        let prepared = PreparedDense(kernel, bias: bias, relu: true, on: pool)
        #expect(prepared(x, on: pool).elements[...] == expected)
        let alone = WorkerPool(threads: 1, instructionSet: pool.instructionSet)
        #expect(prepared(x, on: alone).elements[...] == expected)
    }

    /// The products of a dense layer's gradients, the first with its rows across the memory.
    @Test(arguments: pools, sparseExtents)
    func transposedProductsPassOverZeros(_ pool: WorkerPool, _ extents: [Int]) {
        let (rows, depth, units) = (extents[0], extents[1], extents[2])
        let (across, along) = (sparseNoise([depth, rows], 1), sparseNoise([rows, depth], 2))
        let (b, turned) = (noise([depth, units], 3), noise([units, depth], 4))
        #expect(
            gap(matmul(across, b, transposingA: true, on: pool), Reference.matmul(across, b, transposingA: true)) < 2e-6
        )
        #expect(
            gap(
                matmul(along, turned, transposingB: true, on: pool), Reference.matmul(along, turned, transposingB: true)
            )
                < 2e-6)
    }

    /// Noise of which three of four numbers are zero, here and there all or none of a row's first ones.
    private func sparseNoise(_ shape: Shape, _ seed: UInt64) -> Tensor {
        let (numbers, random) = (noise(shape, seed), Random(seed: seed + 100))
        return Tensor(
            shape,
            (0..<shape.elementCount).map { i in
                let (row, place) = (i / shape[1], i % shape[1])
                if place < 70 && row % 5 < 2 { return row % 5 == 0 ? 0 : numbers[i] }
                return random.uniform(at: i) < 0.75 ? (i % 2 == 0 ? 0 : -0.0) : numbers[i]
            })
    }

    /// 0 · ∞ is not zero among many rows either.
    @Test(arguments: pools, [Float.infinity, .nan])
    func zerosMeetAKernelThatIsNotFinite(_ pool: WorkerPool, _ value: Float) {
        let zeros = Tensor([40, 200], repeating: 0)
        var kernel = noise([200, 130], 1)
        kernel[199 * 130 + 7] = value
        for y in [PreparedDense(kernel, on: pool)(zeros, on: pool), dense(zeros, kernel, bias: nil, on: pool)] {
            for i in 0..<y.count { #expect(i % 130 == 7 ? y[i].isNaN : y[i] == 0) }
        }
        var x = zeros
        x[3 * 200 + 5] = .nan
        let y = dense(x, noise([200, 130], 1), bias: nil, on: pool)
        for i in 0..<y.count { #expect(i / 130 == 3 ? y[i].isNaN : y[i] == 0) }
    }

    /// 0 · ∞ is not zero, and so no row of such a kernel is passed over.
    @Test(arguments: pools, [Float.infinity, .nan])
    func aZeroMeetsAKernelThatIsNotFinite(_ pool: WorkerPool, _ value: Float) {
        var kernel = noise([3000, 20], 1)
        kernel[2999 * 20 + 7] = value
        let y = PreparedDense(kernel, on: pool)(Tensor([1, 3000], repeating: 0), on: pool)
        for unit in 0..<20 { #expect(unit == 7 ? y[unit].isNaN : y[unit] == 0) }
    }
}
