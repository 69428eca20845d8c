import Networks
import Tensors
import Testing

@Suite struct ConstraintTests {
    let w = Tensor([2, 2], [3, -1, 4, 0])

    @Test(
        arguments: [
            (.nonNegative, [3, 0, 4, 0]), (.maxNorm(2.5, axes: [0]), [1.5, -1, 2, 0]),
            (.unitNorm(axes: [0]), [0.6, -1, 0.8, 0]),
            (.maxNorm(2, axes: [1]), [1.897_366_6, -0.632_455_5, 2, 0]),
            (.minMaxNorm(minimum: 2, maximum: 4, rate: 0.5, axes: [0]), [2.7, -1.5, 3.6, 0]),
            (.unitNorm(axes: [0, 1]), [0.588_348_4, -0.196_116_1, 0.784_464_5, 0]),
            (.unitNorm(axes: [-1]), [0.948_683_3, -0.316_227_8, 1, 0]),
        ] as [(Constraint, [Float])])
    func bringsWeightsBack(_ constraint: Constraint, _ expected: [Float]) {
        let found = constraint(w)
        #expect(found.shape == w.shape)
        #expect(zip(found.elements, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found.elements)")
    }

    @Test(
        arguments: [
            (["class_name": "MaxNorm", "config": ["max_value": 2, "axis": 0]], .maxNorm(2, axes: [0])),
            (["class_name": "UnitNorm", "config": ["axis": [0, 1, 2]]], .unitNorm(axes: [0, 1, 2])),
            ("non_neg", .nonNegative),
            (
                ["class_name": "MinMaxNorm", "config": ["min_value": 0.5, "max_value": 1.0, "rate": 0.25, "axis": 1]],
                .minMaxNorm(minimum: 0.5, maximum: 1, rate: 0.25, axes: [1])
            ),
        ] as [(OptionValue, Constraint)])
    func isReadFromAllSpellings(_ value: OptionValue, _ expected: Constraint) throws {
        let layer = try LayerRegistry.keras.layer(
            named: "d", className: "Dense", options: ["units": 1, "bias_constraint": value])
        #expect((layer as? Dense)?.bias.constraint == expected)
        let again = try LayerRegistry.keras.layer(named: "d", className: "Dense", options: layer.options)
        #expect((again as? Dense)?.bias.constraint == expected)
    }
}
