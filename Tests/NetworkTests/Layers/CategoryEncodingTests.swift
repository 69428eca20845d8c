import Networks
import Tensors
import TestSupport
import Testing

@Suite struct CategoryEncodingTests {
    static let modes: [CategoryEncoding.Mode] = CategoryEncoding.Mode.allCases

    @Test(arguments: modes)
    func agreesWithKeras(_ mode: CategoryEncoding.Mode) throws {
        let shape: Shape = mode == .oneHot ? [4, 1] : [4, 3]
        let x = Tensor(shape, (0..<shape.elementCount).map { Float($0 * 7 % 5) })
        var check = LayerCheck(CategoryEncoding(numTokens: 5, mode: mode), inputs: [x], mode: .inference)
        check.hasInputGradients = false
        #expect(check.problems() == [])
        #expect(check.problems(against: try check.golden(from: LiveKeras.of(.keras3))) == [])
    }

    @Test(arguments: [nil] + modes)
    func binsAgreeWithKeras(_ mode: CategoryEncoding.Mode?) throws {
        let shape: Shape = mode == .oneHot ? [5, 1] : [5, 2]
        let x = LayerCheck.uniform(shape, Random(seed: 2), from: -2, to: 3)
        let layer = Discretization(binBoundaries: [-1, 0, 0.5, 2], mode: mode)
        var check = LayerCheck(layer, inputs: [x], mode: .inference)
        check.hasInputGradients = false
        #expect(check.problems() == [])
        #expect(check.problems(against: try check.golden(from: LiveKeras.of(.keras3))) == [])
    }

    @Test func aBoundaryBelongsToTheBinAboveIt() {
        let y = Discretization(binBoundaries: [0, 1]).forward(Tensor([1, 3], [-1, 0, 1]), [], Context()).y
        #expect(y == Tensor([1, 3], [0, 1, 2]))
    }
}
