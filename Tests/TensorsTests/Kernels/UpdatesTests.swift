import Tensors
import Testing

/// Every step against its formula, for counts around the vectors' widths.
@Suite struct UpdatesTests {
    static let counts = [1, 7, 16, 33]

    /// Weights, gradient and two slots before the step; what the step made of weights and slots, and what it should have.
    private func compare(
        _ count: Int, _ step: (_ w: inout [Float], _ g: [Float], _ a: inout [Float], _ b: inout [Float]) -> Void,
        _ formula: (_ w: inout Float, _ g: Float, _ a: inout Float, _ b: inout Float) -> Void
    ) {
        let noise = { (seed: UInt64) in TensorsTests.noise([count], seed).elements }
        let start = (w: noise(1), g: noise(2), a: noise(3).map(abs), b: noise(4).map(abs))
        var (w, a, b) = (start.w, start.a, start.b)
        step(&w, start.g, &a, &b)
        for i in 0..<count {
            var expected = (w: start.w[i], a: start.a[i], b: start.b[i])
            formula(&expected.w, start.g[i], &expected.a, &expected.b)
            #expect(abs(w[i] - expected.w) < 1e-6 && abs(a[i] - expected.a) < 1e-6 && abs(b[i] - expected.b) < 1e-6)
        }
    }

    @Test(arguments: pools, counts)
    func followTheirFormulas(_ pool: WorkerPool, _ count: Int) {
        compare(count) { w, g, a, d in
            pool.adadelta(&w, g, &a, &d, rho: 0.95, rest: 0.05, epsilon: 1e-7, rate: 0.5, count: count)
        } _: { w, g, a, d in
            a = 0.95 * a + 0.05 * g * g
            let u = (d + 1e-7).squareRoot() * g / (a + 1e-7).squareRoot()
            d = 0.95 * d + 0.05 * u * u
            w -= 0.5 * u
        }
        compare(count) { w, g, m, v in
            pool.adam(&w, g, &m, &v, rest1: 0.1, rest2: 0.001, epsilon: 1e-7, rate: 0.01, count: count)
        } _: { w, g, m, v in
            m += (g - m) * 0.1
            v += (g * g - v) * 0.001
            w -= m * 0.01 / (v.squareRoot() + 1e-7)
        }
        compare(count) { w, g, v, _ in
            pool.rmsprop(&w, g, &v, rho: 0.9, rest: 0.1, epsilon: 1e-7, rate: 0.01, count: count)
        } _: { w, g, v, _ in
            v = 0.9 * v + 0.1 * g * g
            w -= 0.01 * g / (v + 1e-7).squareRoot()
        }
        for nesterov in [false, true] {
            compare(count) { w, g, v, _ in
                pool.momentum(&w, g, &v, factor: 0.9, rate: 0.01, nesterov: nesterov, count: count)
            } _: { w, g, v, _ in
                v = 0.9 * v - 0.01 * g
                w += nesterov ? 0.9 * v - 0.01 * g : v
            }
        }
        compare(count) { w, g, _, _ in
            pool.descent(&w, g, rate: 0.01, count: count)
        } _: { w, g, _, _ in
            w -= 0.01 * g
        }
    }
}
