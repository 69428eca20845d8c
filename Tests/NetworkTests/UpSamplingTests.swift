import Networks
import Tensors
import Testing

@Suite struct UpSamplingTests {
    let x = Tensor([1, 1, 2, 1], [0, 4])

    @Test func nearestRepeats() {
        let y = UpSampling2D(size: [2, 2]).forward(x, [], Context()).y
        #expect(y == Tensor([1, 2, 4, 1], [0, 0, 4, 4, 0, 0, 4, 4]))
    }

    @Test func bilinearMeasuresFromTheCentresOfCells() {
        let y = UpSampling2D(size: [1, 2], interpolation: .bilinear).forward(x, [], Context()).y
        #expect(y == Tensor([1, 1, 4, 1], [0, 1, 3, 4]))
    }

    @Test(arguments: Interpolation.allCases)
    func keepsAConstant(_ interpolation: Interpolation) {
        let flat = Tensor([1, 3, 4, 2], repeating: 2)
        let y = UpSampling2D(size: [3, 2], interpolation: interpolation).forward(flat, [], Context()).y
        #expect(y.elements.allSatisfy { abs($0 - 2) < 1e-5 })
    }

    @Test func namesTheInterpolationItRefuses() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(named: "u", className: "UpSampling2D", options: ["interpolation": "area"])
        }
        #expect(error?.description.contains("option \"interpolation\" has value \"area\"") == true)
    }
}
