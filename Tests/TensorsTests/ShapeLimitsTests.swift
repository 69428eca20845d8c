import Tensors
import Testing

@Suite struct ShapeLimitsTests {
    @Test(
        arguments: [
            ([2, 3], true), ([-1, 3], true), ([], true), ([0, 5], true), ([(1 << 31) - 1], true), ([1 << 31], false),
            ([0, 1 << 31], false), ([-2], false), ([1 << 30, 1 << 28], false), ([1 << 30, 0, 1 << 30], false),
            ([Int.max, Int.max], false), (Array(repeating: 1, count: 65), false),
        ] as [([Int], Bool)])
    func tellsShapesThatATensorCanHave(_ extents: [Int], _ isPossible: Bool) {
        #expect((Shape(extents).excess == nil) == isPossible)
    }

    @Test func productsAndSumsStopAtTheLimit() {
        #expect(ShapeLimits.product(3, 4, 5) == 60)
        #expect(ShapeLimits.product(.max, .max, 0) == 0)
        #expect(ShapeLimits.product(.max, 2) == ShapeLimits.elements)
        #expect(ShapeLimits.sum(ShapeLimits.elements, ShapeLimits.elements) == ShapeLimits.elements)
    }

    /// An axis without elements makes the product 0, whatever the others are.
    @Test func noElementsAreCountedAsNone() {
        #expect(Shape([0, 1 << 62, 1 << 62]).elementCount == 0)
        #expect(Shape([1 << 62, 1 << 62, 0]).elementCount == 0)
    }

    @Test func wholeNumbersAreBroughtIntoTheirRange() {
        #expect(Int(Float.nan, within: 0...255) == nil)
        #expect(Int(Float.infinity, within: 0...255) == 255)
        #expect(Int(-Float.infinity, within: -3...255) == -3)
        #expect(Int(Float(7.9), within: 0...255) == 7)
        #expect(Int(Float(0x1p63), within: 0...Int.max) == .max)
    }
}
