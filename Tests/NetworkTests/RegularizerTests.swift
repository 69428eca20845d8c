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

    @Test(
        arguments: [
            ("l2", .l2(0.01)), ("l1_l2", .l1l2(l1: 0.01, l2: 0.01)),
            (["class_name": "L1", "config": ["l1": 0.25]], .l1(0.25)),
            (["class_name": "L1L2", "config": ["l1": 0.0, "l2": 0.5]], .l1l2(l1: 0, l2: 0.5)),
        ] as [(OptionValue, Regularizer)])
    func isReadFromAllSpellings(_ value: OptionValue, _ expected: Regularizer) throws {
        let layer = try LayerRegistry.keras.layer(
            named: "d", className: "Dense", options: ["units": 1, "kernel_regularizer": value])
        #expect((layer as? Dense)?.kernel.regularizer == expected)
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
