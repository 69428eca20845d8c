import Tensors

/// The gradient of each input of which an element is chosen: `dy` where its element won, 0 elsewhere.
///
/// The work is that of as many passes as there are inputs.
///
/// - Parameter beats: whether the second number is chosen over the first, the best before it; the first of equals stays.
func shares(
    of dy: Tensor, among x: [Tensor], on pool: WorkerPool, _ beats: @Sendable (_ best: Float, _ next: Float) -> Bool
) -> [Tensor] {
    var best = x[0]
    var winner = Tensor(best.shape)
    for (number, candidate) in x.enumerated().dropFirst() {
        let won = zipped(best, candidate, on: pool) { beats($0, $1) ? 1 : 0 }
        winner = zipped(won, winner, on: pool) { $0 != 0 ? Float(number) : $1 }
        best = zipped(best, candidate, on: pool) { beats($0, $1) ? $1 : $0 }
    }
    return x.indices.map { number in zipped(dy, winner, on: pool) { $1 == Float(number) ? $0 : 0 } }
}
