import Networks
import Tensors

extension LayerCase {
    /// Layers whose inputs are whole numbers.
    static let lookups: [LayerCase] = [embeddings, encodings, vocabularies].flatMap { $0 }

    private static var embeddings: [LayerCase] {
        let odd = WeightOptions(.ones, regularizer: .l2(0.1), constraint: .nonNegative)
        let capped = ReversibleEmbedding(
            Embedding(inputDim: 5, outputDim: 4, embeddings: odd), tiesWeights: false, logitSoftCap: 2)
        let masking = ReversibleEmbedding(Embedding(inputDim: 3, outputDim: 2, maskZero: true))
        let plain = ReversibleEmbedding(Embedding(inputDim: 5, outputDim: 4))
        let reverse = "layer(xs[0], reverse=True)"
        return [
            LayerCase(Embedding(inputDim: 3, outputDim: 2), [2, 3], range: 0...2.99, takesIndices: true),
            LayerCase(
                Embedding(inputDim: 7, outputDim: 1, embeddings: odd, activityRegularizer: .l2(0.1)), [3, 2, 4],
                range: 0...6.99, takesIndices: true),
            LayerCase(
                Embedding(inputDim: 4, outputDim: 3, maskZero: true), [3, 5], range: 0...3.99, takesIndices: true),
            LayerCase(plain, [2, 3], range: 0...4.99, takesIndices: true),
            LayerCase(capped, [3, 1], range: 0...4.99, takesIndices: true),
            LayerCase(plain, [2, 3, 4], [2, 3, 4], kerasCall: reverse),
            LayerCase(capped, [3, 4], [3, 4], kerasCall: reverse),
            // There Keras' mask is not one of the layer's.
            LayerCase(masking, [2, 3], isInKeras: false, range: 0...2.99, takesIndices: true),
            LayerCase(masking, [2, 3, 2], [2, 3, 2], isInKeras: false),
        ]
    }

    private static var encodings: [LayerCase] {
        let modes = CategoryEncoding.Mode.allCases
        let categories = modes.map { mode in
            LayerCase(
                CategoryEncoding(numTokens: 5, mode: mode), mode == .oneHot ? [4, 1] : [4, 3], range: 0...4.99,
                takesIndices: true)
        }
        let bins = ([nil] + modes).map { mode in
            LayerCase(
                Discretization(binBoundaries: [-1, 0, 1.5, 2], mode: mode), mode == .oneHot ? [5, 1] : [5, 2],
                range: -3...4, takesIndices: true)
        }
        return categories + bins
            + [LayerCase(CategoryEncoding(numTokens: 5, mode: .oneHot), [2, 3], range: 0...4.99, takesIndices: true)]
    }

    private static var vocabularies: [LayerCase] {
        let numbers = [4, -2, 7, 0]
        let layers = [
            IntegerLookup(vocabulary: numbers), IntegerLookup(vocabulary: numbers, maskToken: 3),
            IntegerLookup(vocabulary: numbers, outOfVocabularyCount: 3, maskToken: 1),
            IntegerLookup(vocabulary: [3, -1] + numbers, maskToken: 3, outOfVocabularyToken: -1),
            IntegerLookup(vocabulary: [-9, -8, -7, -6, -5, -4, -3, -2, -1] + Array(0...9), outOfVocabularyCount: 0),
            IntegerLookup(vocabulary: numbers, inverts: true),
            IntegerLookup(
                vocabulary: numbers, outOfVocabularyCount: 2, maskToken: 5, outOfVocabularyToken: -7, inverts: true),
        ]
        let encoded = CategoryEncoding.Mode.allCases.flatMap { mode in
            [
                IntegerLookup(vocabulary: numbers, mode: mode, maskToken: 3),
                IntegerLookup(vocabulary: numbers, mode: mode, outOfVocabularyCount: 2, paddedSize: 9),
            ]
        }
        return (layers + encoded).map {
            LayerCase($0, $0.mode == .oneHot ? [9, 1] : [4, 5], range: -4...8.99, takesIndices: true)
        }
    }
}
