import Foundation
import Tensors
import Testing
import Training

@Suite struct ConfusionMatrixTests {
    @Test func countsWhichClassIsTakenForWhich() throws {
        var matrix = ConfusionMatrix(classes: 3)
        matrix.add(Tensor([2, 3], [0.1, 0.8, 0.1, 0.7, 0.2, 0.1]), labels: [1, 2], first: 0)
        matrix.add(Tensor([2, 3], [0.2, 0.2, 0.6, 0.5, 0.5, 0]), labels: [2, 1], first: 2)
        #expect(matrix.counts == [0, 0, 0, 1, 1, 0, 1, 0, 1])
        #expect(matrix.correct == 2 && matrix.samples == 4 && matrix.accuracy == 0.5)
        #expect(matrix.errors.map(\.sample) == [1, 3])
        #expect(matrix.errors.map(\.label) == [2, 1])
        #expect(matrix.errors.map(\.predicted) == [0, 0])
        #expect(matrix.errors.map(\.score) == [0.7, 0.5])
        let rows = matrix.rows
        try #require(rows.map(\.support) == [0, 2, 2])
        #expect(rows[0].precision == 0 && rows[0].recall == nil)
        #expect(rows[1].precision == 1 && rows[1].recall == 0.5)
        #expect(rows[2].f1 == 2.0 / 3)
        #expect(matrix.confusions.map(\.label) == [1, 2])
    }

    @Test func readsOneProbabilityAsTwoClasses() {
        var matrix = ConfusionMatrix(classes: 1)
        matrix.add(Tensor([3, 1], [0.9, 0.2, 0.5]), labels: [1, 1, 0], first: 0)
        #expect(matrix.classes == 2)
        #expect(matrix.counts == [1, 0, 1, 1])
    }
}
