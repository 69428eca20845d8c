import Networks
import Tensors
import TestSupport
import Testing

@Suite struct Conv2DTransposeTests {
    @Test func spreadsEachCellOverItsWindow() {
        let layer = Conv2DTranspose(filters: 1, kernelSize: [1, 2], strides: [1, 2])
        let weights = [Tensor([1, 2, 1, 1], [1, 10]), Tensor([1], [0.5])]
        let y = layer.forward(Tensor([1, 1, 2, 1], [3, 4]), weights, Context()).y
        #expect(y == Tensor([1, 1, 4, 1], [3.5, 30.5, 4.5, 40.5]))
    }

    @Test func cellsThatNoWindowReachesAreBias() {
        let layer = Conv2DTranspose(filters: 1, kernelSize: [1, 1], strides: [1, 3])
        let y = layer.forward(
            Tensor([1, 1, 2, 1], [3, 4]), [Tensor([1, 1, 1, 1], [2]), Tensor([1], [1])], Context()
        ).y
        #expect(y == Tensor([1, 1, 6, 1], [7, 1, 1, 9, 1, 1]))
    }

    @Test(
        arguments: [
            (Padding.same, 4, 3, 2, nil, 8), (.valid, 4, 3, 2, nil, 9), (.valid, 4, 2, 3, nil, 12),
            (.same, 4, 3, 2, 1, 8),
            (.same, 4, 4, 2, 0, 6), (.valid, 4, 3, 2, 1, 10), (.same, Shape.unknown, 3, 2, nil, Shape.unknown),
        ] as [(Padding, Int, Int, Int, Int?, Int)])
    func countsCells(_ padding: Padding, _ extent: Int, _ kernel: Int, _ stride: Int, _ extra: Int?, _ expected: Int)
        throws
    {
        let layer = Conv2DTranspose(
            filters: 5, kernelSize: [kernel, kernel], strides: [stride, stride], padding: padding,
            outputPadding: extra.map { [$0, $0] })
        #expect(try layer.outputShape(for: [-1, extent, extent, 3]) == [-1, expected, expected, 5])
    }

    @Test func refusesAnOutputPaddingOfAStride() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "c", className: "Conv2DTranspose",
                options: ["filters": 1, "kernel_size": 3, "strides": 2, "output_padding": 2])
        }
        #expect(
            error?.description == "layer \"c\": option \"output_padding\" has value 2, which is not supported; "
                + "expected null or whole numbers ≥ 0 below the strides")
    }

    @Test func countsMultiplyAdds() throws {
        let layer = Conv2DTranspose(filters: 8, kernelSize: [3, 3], strides: [2, 2])
        #expect(try layer.multiplyAdds(for: [[1, 5, 5, 4]]) == 25 * 9 * 8 * 4)
    }
}
