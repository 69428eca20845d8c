import Tensors
import Testing

@Suite struct ElementwiseTests {
    @Test func worksOnEveryElement() {
        let (a, b) = (noise([20011], 1), noise([20011], 2))
        #expect(adding(a, b, on: .shared).elements == zip(a.elements, b.elements).map { $0 + $1 })
        #expect(subtracting(a, b, on: .shared).elements == zip(a.elements, b.elements).map { $0 - $1 })
        #expect(multiplying(a, b, on: .shared).elements == zip(a.elements, b.elements).map { $0 * $1 })
        #expect(scaled(a, by: 3, on: .shared).elements == a.elements.map { 3 * $0 })
        #expect(mapped(a, on: .shared) { $0 * $0 }.elements == a.elements.map { $0 * $0 })
    }

    @Test func rectifiesAndLetsNaNThrough() {
        let x = Tensor([5], [-2, 0, 3, .infinity, .nan])
        let y = relu(x, on: .shared)
        #expect(y.elements.dropLast() == [0, 0, 3, .infinity] && y[4].isNaN)
        #expect(reluGradient(Tensor([5], repeating: 7), x, on: .shared).elements == [0, 0, 7, 7, 0])
    }

    @Test func rectifiesWithMaximumSlopeAndThreshold() {
        let x = Tensor([6], [-2, 0.5, 3, 6, 8, .nan])
        let y = relu(x, maximum: 6, negativeSlope: 0.5, threshold: 1, on: .shared)
        #expect(y.elements.dropLast() == [-1.5, -0.25, 3, 6, 6] && y[5].isNaN)
        let dx = reluGradient(
            Tensor([6], repeating: 1), x, maximum: 6, negativeSlope: 0.5, threshold: 1, on: .shared)
        #expect(dx.elements.dropLast() == [0.5, 0.5, 1, 0, 0])
    }
}
