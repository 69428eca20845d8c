import Networks
import Tensors

extension Session {
    /// How many of these samples go through the plan together: so few that what a step leaves is still in a cache when
    /// the next one reads it.
    ///
    /// Only small samples are portioned: a step reads its weights for each portion anew.
    func portion(of inputs: [Shape]) -> Int {
        let count = inputs[0][0]
        guard count > Self.smallestPortion,
            let needs = try? check(inputs.map { $0.withBatch(1) })
        else { return count }
        let portion = max(Self.smallestPortion, Self.cachedNumbers / needs.largestOutput)
        let portions = (count + portion - 1) / portion
        return (count + portions - 1) / portions
    }

    /// Numbers that a step may leave: 8 MiB, which with those it reads are in reach of the cores of one cache.
    private static let cachedNumbers = 2 << 20
    /// Samples for which it pays to read the weights.
    private static let smallestPortion = 64
}
