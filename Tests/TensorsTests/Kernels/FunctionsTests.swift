import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct FunctionsTests {
    /// Around zero, far out, and beyond what a float can hold.
    static let inputs: [Float] = {
        var inputs: [Float] = [-200, -104, -103.5, -88, -87.3, 87, 88.5, 88.72, 89, 200, 0, 1e-20, -1e-20]
        inputs += [.infinity, -.infinity]
        for i in -2000...2000 { inputs += [Float(i) / 100, Float(i) / 10_000] }
        return inputs
    }()

    @Test(arguments: pools)
    func agreeWithTheCLibrary(_ pool: WorkerPool) {
        let x = Tensor([Self.inputs.count], Self.inputs)
        let logistic: (Double) -> Double = { 1 / (1 + exp(-$0)) }
        expectClose(exponential(x, on: pool), x) { exp($0) }
        expectClose(sigmoid(x, on: pool), x, logistic)
        expectClose(hyperbolicTangent(x, on: pool), x) { tanh($0) }
        expectClose(silu(x, on: pool), x) { $0 * logistic($0) }
        expectClose(PointwiseFunction.ramp(maximum: 6)(x, on: pool), x) { min(max($0, 0), 6) }
        let gate = PointwiseFunction.ramp(slope: 0.25, offset: 0.5, maximum: 1, gates: true)
        expectClose(gate(x, on: pool), x, besides: 1e-6) { $0 * min(max($0 / 4 + 0.5, 0), 1) }
        expectClose(siluGradient(Tensor(x.shape, repeating: 1), x, on: pool), x, within: 1e-6, besides: 3e-8) {
            logistic($0) * (1 + $0 * (1 - logistic($0)))
        }
    }

    @Test(arguments: pools)
    func letNaNThrough(_ pool: WorkerPool) {
        let x = Tensor([3], [.nan, 0, .nan])
        let ramp: (Tensor, WorkerPool) -> Tensor = { PointwiseFunction.ramp(offset: 1, maximum: 6)($0, on: $1) }
        for function in [exponential, sigmoid, hyperbolicTangent, silu, ramp] {
            let y = function(x, pool)
            #expect(y[0].isNaN && !y[1].isNaN && y[2].isNaN)
        }
    }

    /// Within some units of the last place, besides what is lost below the smallest normal number or where terms cancel out.
    private func expectClose(
        _ y: Tensor, _ x: Tensor, within relative: Double = 4e-7, besides absolute: Double = 1e-37,
        _ exact: (Double) -> Double
    ) {
        for (x, y) in zip(x.elements, y.elements) {
            let expected = exact(Double(x))
            if expected.isNaN || abs(expected) > Double(Float.greatestFiniteMagnitude) {
                #expect(y.isNaN == expected.isNaN && (expected.isNaN || y == Float(expected)), "at \(x)")
            } else {
                #expect(
                    abs(Double(y) - expected) <= relative * abs(expected) + absolute, "at \(x): \(y), not \(expected)")
            }
        }
    }
}

@Suite struct RandomNumbersTests {
    @Test(arguments: pools, [0, 1, 7, 64, 8191, 20_003])
    func areThoseOfTheStream(_ pool: WorkerPool, _ count: Int) {
        let random = Random(seed: 7).stream(3)
        let numbers = (0..<count).map { random.uniform(at: $0) }
        #expect(uniform([count], random, on: pool).elements == numbers)
        #expect(dropoutMask([count], rate: 0.25, random, on: pool).elements == numbers.map { $0 < 0.25 ? 0 : 1 / 0.75 })
    }
}
