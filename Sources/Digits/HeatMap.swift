/// What of a digit's ink spoke for the answer, and what against it.
///
/// Found by covering: a patch of 4×4 points is wiped away in turn, and what that does to the logarithm of the answer's
/// probability is laid to the patch's ink.
public struct HeatMap: Hashable, Sendable {
    public static let method = "occlusion"

    /// How many images the network looks at for one map, at most.
    public static let mostLooks = 170

    /// The side of the map: 28.
    public let side: Int
    /// Row by row: 1 for the ink that spoke most for the answer, negative for what spoke against it, 0 where no ink is.
    public let values: [Float]
    /// The digit that was asked for.
    public let digit: Int
}
