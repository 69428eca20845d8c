import Networks
import Tensors
import TestSupport
import Testing

@Suite struct IntegerLookupTests {
    private func found(_ layer: IntegerLookup, _ numbers: [Float]) -> [Float] {
        layer.forward(Tensor([1, numbers.count], numbers), [], Context()).y.elements
    }

    @Test func givesPlacesInTheVocabulary() {
        let layer = IntegerLookup(vocabulary: [12, 36, 1138])
        #expect(found(layer, [36, 7, 12, 1138]) == [2, 0, 1, 3])
    }

    @Test func sharesOutWhatTheVocabularyHasNot() {
        let layer = IntegerLookup(vocabulary: [12], outOfVocabularyCount: 2, maskToken: 9)
        #expect(found(layer, [9, 7, -7, 8, 12]) == [0, 2, 2, 1, 3])
    }

    @Test func givesNaNWhereThereIsNoPlace() {
        let layer = IntegerLookup(vocabulary: [12, 5], outOfVocabularyCount: 0)
        #expect(found(layer, [12, 5]) == [0, 1])
        let lost = found(layer, [6])[0]
        #expect(lost.isNaN)
        let counting = IntegerLookup(vocabulary: [12, 5], mode: .count, outOfVocabularyCount: 0)
        let row = found(counting, [5, 6])
        #expect(row.allSatisfy { $0.isNaN })
        #expect(found(counting, [5, 5]) == [0, 2])
    }

    @Test func saysWhereAnAdaptedVocabularyIs() {
        let error = #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "lookup", className: "IntegerLookup", options: ["vocabulary": nil, "output_mode": "int"])
        }
        #expect(
            error?.description
                == "layer \"lookup\": option \"vocabulary\" has value null, which is not supported; expected a list of "
                + "different whole numbers; an adapted one is kept in another file: make the layer with "
                + "vocabulary=layer.get_vocabulary()")
    }

    @Test(arguments: [[3, 4, 3], [7, 1]])
    func refusesAVocabularyThatTellsNoPlaces(_ numbers: [Int]) {
        #expect(throws: LayerError.self) {
            try LayerRegistry.keras.layer(
                named: "lookup", className: "IntegerLookup",
                options: ["vocabulary": .array(numbers.map { .int($0) }), "mask_token": 1])
        }
    }
}
