import Networks
import Tensors
import Testing

@Suite struct InitializerTests {
    static let all: [Initializer] = [
        .zeros, .ones, .constant(2.5), .randomUniform(from: -1, to: 2), .randomNormal(mean: 1, standardDeviation: 0.5),
        .truncatedNormal(mean: 0, standardDeviation: 0.1), .identity(gain: 1), .identity(gain: 3), .orthogonal(gain: 2),
        .varianceScaling(scale: 3, mode: .fanOut, distribution: .untruncatedNormal), .glorotUniform,
        .varianceScaling(scale: 2, mode: .fanIn, distribution: .truncatedNormal), .seeded(.glorotUniform, seed: 42),
    ]

    @Test(arguments: all)
    func comesBackFromItsOptions(_ initializer: Initializer) throws {
        let dense = Dense(units: 2, kernel: WeightOptions(initializer))
        let again = try LayerRegistry.keras.layer(named: "d", className: "Dense", options: dense.options)
        #expect((again as? Dense)?.kernel.initializer == initializer)
    }

    @Test(
        arguments: [
            ("glorot_uniform", .glorotUniform), ("zero", .zeros), ("uniform", .randomUniform(from: -0.05, to: 0.05)),
            (
                [
                    "class_name": "VarianceScaling",
                    "config": ["scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": nil],
                ], .glorotUniform
            ),
            (
                ["class_name": "GlorotUniform", "config": ["seed": nil, "input_axes": nil, "output_axes": nil]],
                .glorotUniform
            ),
            (["class_name": "Zeros", "config": ["dtype": "float32"]], .zeros),
        ] as [(OptionValue, Initializer)])
    func isReadFromAllSpellings(_ value: OptionValue, _ expected: Initializer) throws {
        let layer = try LayerRegistry.keras.layer(
            named: "d", className: "Dense", options: ["units": 1, "kernel_initializer": value])
        #expect((layer as? Dense)?.kernel.initializer == expected)
    }

    @Test(arguments: [[6, 4], [4, 6], [2, 3, 5], [3, 3]] as [Shape])
    func orthogonalHasOrthonormalRowsOrColumns(_ shape: Shape) {
        let w = Initializer.orthogonal(gain: 1).draw(shape, Random(seed: 1))
        let columns = shape[shape.count - 1]
        let matrix = w.reshaped(to: [w.count / columns, columns])
        let tall = matrix.shape[0] >= columns
        let product = matmul(matrix, matrix, transposingA: tall, transposingB: !tall, on: .shared)
        let size = product.shape[0]
        for i in 0..<size {
            for j in 0..<size { #expect(abs(product[i * size + j] - (i == j ? 1 : 0)) < 1e-6) }
        }
    }

    @Test func identityIsOneOnTheDiagonal() {
        #expect(Initializer.identity(gain: 2).draw([3, 2], Random(seed: 0)).elements == [2, 0, 0, 2, 0, 0])
        #expect(Initializer.identity(gain: 1).draw([2, 3], Random(seed: 0)).elements == [1, 0, 0, 0, 1, 0])
    }

    @Test func aSeedOfItsOwnDrawsTheSameForAnyModel() {
        let initializer = Initializer.seeded(.randomNormal(mean: 0, standardDeviation: 1), seed: 7)
        #expect(initializer.draw([5], Random(seed: 1)) == initializer.draw([5], Random(seed: 2)))
    }

    @Test func refusesWhatItDoesNotKnow() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "d", className: "Dense",
                options: ["units": 1, "kernel_initializer": ["class_name": "Constant", "config": ["value": [1, 2]]]])
        }
        #expect(
            error?.description
                == "layer \"d\": \"kernel_initializer\": option \"value\" has value [1, 2], which is not supported; "
                + "expected a number")
    }
}
