/// Cuts ink in which several digits touch, where the network finds the most probable reading.
struct Cutting {
    private(set) var pieces: [Segmentation.Piece]

    init(_ whole: Segmentation.Piece, judge: Recognizer) {
        pieces = [whole]
    }
}
