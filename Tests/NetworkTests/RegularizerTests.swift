import Networks
import Tensors
import Testing

@Suite struct RegularizerTests {
    let w = Tensor([3], [-2, 0, 3])

    @Test func costsWhatItSays() {
        #expect(Regularizer.l1(0.5).penalty(w) == 2.5)
        #expect(Regularizer.l2(0.5).penalty(w) == 6.5)
        #expect(Regularizer.l1l2(l1: 1, l2: 2).penalty(w) == 31)
    }

    @Test func hasTheSlopeOfItsCost() {
        #expect(Regularizer.l1(0.5).gradient(w).elements == [-0.5, 0, 0.5])
        #expect(Regularizer.l2(0.5).gradient(w).elements == [-2, 0, 3])
        #expect(Regularizer.l1l2(l1: 1, l2: 2).gradient(w).elements == [-9, 0, 13])
    }

    @Test(arguments: [Regularizer.OrthogonalMode.rows, .columns])
    func costsWhatRowsOrColumnsHaveInCommon(_ mode: Regularizer.OrthogonalMode) {
        let regularizer = Regularizer.orthogonal(factor: 0.5, mode: mode)
        #expect(regularizer.penalty(Tensor([2, 2], [3, 0, 0, -5])) == 0)
        let matrix = Tensor([2, 2], mode == .rows ? [1, 0, 3, 4] : [1, 3, 0, 4])
        #expect(abs(regularizer.penalty(matrix) - 0.5 * 0.6) < 1e-6)
        let w = Tensor([3, 2], [0.5, -1, 2, 0.25, -0.75, 1.5])
        let gradient = regularizer.gradient(w)
        for i in 0..<w.count {
            func cost(_ step: Float) -> Float {
                var moved = w
                moved[i] += step
                return regularizer.penalty(moved)
            }
            #expect(abs((cost(0.01) - cost(-0.01)) / 0.02 - gradient[i]) < 1e-4)
        }
        #expect(Regularizer.orthogonal(factor: 1, mode: mode).penalty(Tensor([1, 1], [2])) == 0)
    }

    @Test(
        arguments: [
            ("l2", .l2(0.01)), ("l1_l2", .l1l2(l1: 0.01, l2: 0.01)),
            (["class_name": "L1", "config": ["l1": 0.25]], .l1(0.25)),
            (
                ["class_name": "OrthogonalRegularizer", "config": ["factor": 0.5, "mode": "columns"]],
                .orthogonal(factor: 0.5, mode: .columns)
            ),
            (["class_name": "L1L2", "config": ["l1": 0.0, "l2": 0.5]], .l1l2(l1: 0, l2: 0.5)),
        ] as [(OptionValue, Regularizer)])
    func isReadFromAllSpellings(_ value: OptionValue, _ expected: Regularizer) throws {
        let layer = try LayerRegistry.keras.layer(
            named: "d", className: "Dense", options: ["units": 1, "kernel_regularizer": value])
        #expect((layer as? Dense)?.kernel.regularizer == expected)
    }

    @Test func refusesOrthogonalOutputs() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "d", className: "Dense", options: ["units": 1, "activity_regularizer": "orthogonal"])
        }
        #expect(
            error?.description.hasSuffix("expected null, L1, L2 or L1L2; OrthogonalRegularizer is for weights") == true)
    }

    @Test func refusesANegativeFactor() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "d", className: "Dense",
                options: ["units": 1, "kernel_regularizer": ["class_name": "L2", "config": ["l2": -1]]])
        }
        #expect(
            error?.description
                == "layer \"d\": \"kernel_regularizer\": option \"l2\" has value -1, which is not supported; "
                + "expected a number ≥ 0")
    }
}
