import Networks
import Tensors
import TestSupport
import Testing

@Suite struct WindowPoolingTests {
    @Test func maximumTakesTheLargestOfEachWindow() {
        let x = Tensor([1, 2, 4, 1], [1, 5, 2, 0, 3, 4, 8, 7])
        #expect(MaxPooling2D().forward(x, [], Context()).y == Tensor([1, 1, 2, 1], [5, 8]))
    }

    @Test func averageDividesByTheCellsInside() {
        let layer = AveragePooling2D(poolSize: [2, 2], padding: .same)
        let x = Tensor([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(layer.forward(x, [], Context()).y == Tensor([1, 2, 2, 1], [3, 4.5, 7.5, 9]))
    }

    @Test func paddingNeverWins() {
        let layer = MaxPooling2D(poolSize: [3, 3], strides: [2, 2], padding: .same)
        let x = Tensor([1, 2, 2, 1], [-4, -3, -2, -1])
        #expect(layer.forward(x, [], Context()).y == Tensor([1, 1, 1, 1], [-1]))
    }

    @Test func theFirstOfEqualsGetsTheGradient() {
        let layer = MaxPooling3D(poolSize: [2, 2, 2])
        let context = Context()
        let pass = layer.forward(Tensor([1, 2, 2, 2, 1], repeating: 3), [], context)
        let dx = layer.backward(Tensor([1, 1, 1, 1, 1], [1]), pass, [], context).inputs[0]
        #expect(dx == Tensor([1, 2, 2, 2, 1], [1, 0, 0, 0, 0, 0, 0, 0]))
    }

    /// Windows far larger than what they slide over, of which the cells that never lie over it are passed over.
    @Test(arguments: [7, 8, 9, 20, 21, Int(Int32.max)], [1, 2, 3, 4])
    func hugeWindowsPoolAsDefined(_ size: Int, _ stride: Int) {
        let extent = 3
        let x = Tensor([1, extent, 1], [5, -2, 3])
        let positions = (extent + stride - 1) / stride
        let before = max((positions - 1) * stride + size - extent, 0) / 2
        let maximum = MaxPooling1D(poolSize: [size], strides: [stride], padding: .same)
        let mean = AveragePooling1D(poolSize: [size], strides: [stride], padding: .same)
        let (largest, average) = (maximum.forward(x, [], Context()), mean.forward(x, [], Context()))
        #expect(largest.y.shape == [1, positions, 1] && average.y.shape == [1, positions, 1])
        for position in 0..<min(positions, largest.y.count, average.y.count) {
            let first = position * stride - before
            let inside = (0..<extent).filter { $0 >= first && $0 - first < size }.map { x[$0] }
            #expect(largest.y[position] == inside.max())
            #expect(abs(average.y[position] - inside.reduce(0, +) / Float(inside.count)) < 1e-6)
        }
        let dx = maximum.backward(Tensor(largest.y.shape, repeating: 1), largest, [], Context()).inputs[0]
        #expect(dx?.elements.reduce(0, +) == Float(positions))
    }

    /// A volume is pooled in two steps; this compares with the definition.
    @Test(arguments: [Padding.valid, .same])
    func volumesPoolAsDefined(_ padding: Padding) {
        let x = LayerCheck.uniform([2, 5, 4, 3, 2], Random(seed: 3), from: -1, to: 1)
        let (size, strides) = ([3, 2, 2], [2, 1, 2])
        let maximum = MaxPooling3D(poolSize: size, strides: strides, padding: padding).forward(x, [], Context()).y
        let mean = AveragePooling3D(poolSize: size, strides: strides, padding: padding).forward(x, [], Context()).y
        var position = 0
        for n in 0..<2 {
            for d in 0..<maximum.shape[1] {
                for h in 0..<maximum.shape[2] {
                    for w in 0..<maximum.shape[3] {
                        for c in 0..<2 {
                            let cells = Self.cells(x, size, strides, padding, [n, d, h, w, c])
                            #expect(maximum[position] == cells.max())
                            #expect(abs(mean[position] - cells.reduce(0, +) / Float(cells.count)) < 1e-6)
                            position += 1
                        }
                    }
                }
            }
        }
        #expect(position == maximum.count && maximum.shape == mean.shape)
    }

    /// The cells of a window that lie inside.
    static func cells(_ x: Tensor, _ size: [Int], _ strides: [Int], _ padding: Padding, _ at: [Int]) -> [Float] {
        let ranges = (0..<3).map { axis in
            let extent = x.shape[axis + 1]
            let positions = (extent + strides[axis] - 1) / strides[axis]
            let zeros = max((positions - 1) * strides[axis] + size[axis] - extent, 0) / 2
            let start = at[axis + 1] * strides[axis] - (padding == .same ? zeros : 0)
            return (start..<start + size[axis]).clamped(to: 0..<extent)
        }
        var cells: [Float] = []
        for d in ranges[0] {
            for h in ranges[1] {
                for w in ranges[2] {
                    let row = ((at[0] * x.shape[1] + d) * x.shape[2] + h) * x.shape[3] + w
                    cells.append(x[row * x.shape[4] + at[4]])
                }
            }
        }
        return cells
    }

    static let cases = [Padding.valid, .same].flatMap(cases)

    static func cases(_ padding: Padding) -> [(layer: any Layer, input: Shape)] {
        [
            (MaxPooling1D(poolSize: [3], strides: [2], padding: padding), [2, 7, 3]),
            (MaxPooling1D(poolSize: [2], strides: [5], padding: padding), [1, 6, 1]),
            (MaxPooling2D(poolSize: [2, 3], strides: [1, 2], padding: padding), [2, 5, 7, 3]),
            (MaxPooling2D(poolSize: [1, 1], strides: [3, 2], padding: padding), [1, 4, 4, 31]),
            (MaxPooling3D(poolSize: [2, 1, 3], strides: [1, 2, 2], padding: padding), [1, 3, 3, 5, 2]),
            (AveragePooling1D(poolSize: [3], strides: [2], padding: padding), [2, 7, 3]),
            (AveragePooling2D(poolSize: [2, 3], strides: [1, 2], padding: padding), [2, 5, 7, 3]),
            (AveragePooling2D(poolSize: [3, 3], strides: [4, 4], padding: padding), [1, 5, 6, 1]),
            (AveragePooling3D(poolSize: [2, 3, 1], strides: [2, 1, 1], padding: padding), [1, 3, 4, 2, 2]),
        ]
    }

    @Test(arguments: cases.indices)
    func passesTheHarness(_ index: Int) {
        #expect(LayerCheck(Self.cases[index].layer, inputs: Self.cases[index].input).problems() == [])
    }

    @Test func stridesAreThePoolSizeUnlessGiven() throws {
        for options in [["pool_size": [3, 2]], ["pool_size": [3, 2], "strides": nil]] as [Options] {
            let layer = try LayerRegistry.keras.layer(named: "p", className: "MaxPooling2D", options: options)
            #expect((layer as? MaxPooling2D)?.strides == [3, 2])
        }
        let one = try LayerRegistry.keras.layer(named: "p", className: "AvgPool1D", options: ["pool_size": 4])
        #expect((one as? AveragePooling1D)?.strides == [4])
    }

    @Test func refusesAnImageSmallerThanTheWindow() {
        let error = #expect(throws: ShapeError.self) { try MaxPooling2D().outputShape(for: [1, 4, 1, 3]) }
        #expect(error?.description == "MaxPooling2D(2 × 2) expects a width of at least 2, found shape [1, 4, 1, 3]")
    }
}
