import Networks
import Tensors
import Testing

@Suite struct NoiseTests {
    /// Standard normal numbers, as SELU networks carry.
    let x = Initializer.randomNormal(mean: 0, standardDeviation: 1).draw([200, 500], Random(seed: 6))

    private func moments(_ y: Tensor) -> (mean: Double, variance: Double) {
        let mean = y.elements.reduce(0.0) { $0 + Double($1) } / Double(y.count)
        let squares = y.elements.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (mean, squares / Double(y.count))
    }

    @Test func alphaDropoutKeepsMeanAndVariance() {
        let y = AlphaDropout(rate: 0.3).forward(x, [], Context(mode: .training, random: Random(seed: 2))).y
        #expect(abs(moments(y).mean) < 0.02 && abs(moments(y).variance - 1) < 0.02)
        #expect(Set(y.elements).count < x.count * 3 / 4)
    }

    @Test func gaussianNoiseAddsItsDeviation() {
        let flat = Tensor([200, 500], repeating: 3)
        let y = GaussianNoise(stddev: 0.5).forward(flat, [], Context(mode: .training)).y
        #expect(abs(moments(y).mean - 3) < 0.01 && abs(moments(y).variance - 0.25) < 0.01)
    }

    @Test func gaussianDropoutHasTheVarianceOfDropout() {
        let flat = Tensor([200, 500], repeating: 1)
        let y = GaussianDropout(rate: 0.2).forward(flat, [], Context(mode: .training)).y
        #expect(abs(moments(y).mean - 1) < 0.01 && abs(moments(y).variance - 0.25) < 0.01)
    }

    @Test func spatialDropoutTakesWholeChannels() {
        let flat = Tensor([4, 3, 3, 50], repeating: 1)
        let y = SpatialDropout2D(rate: 0.5).forward(flat, [], Context(mode: .training)).y
        for sample in 0..<4 {
            for channel in 0..<50 {
                #expect(Set((0..<9).map { y[(sample * 9 + $0) * 50 + channel] }).count == 1)
            }
        }
        #expect(Set(y.elements) == [0, 2])
    }

    @Test func nothingHappensInInference() {
        let layers: [any UnaryLayer] = [
            AlphaDropout(rate: 0.5), GaussianNoise(stddev: 1), GaussianDropout(rate: 0.5), Dropout(rate: 0.5),
        ]
        for layer in layers { #expect(layer.forward(x, [], Context(mode: .inference)).y == x) }
    }
}
