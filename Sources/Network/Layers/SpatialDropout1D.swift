/// In training sets whole channels of a sequence to zero and scales the others up; Keras' `SpatialDropout1D`.
///
/// Input and output have shape `[batch, length, channels]`. The arithmetic is in ``SpatialDropout``.
public struct SpatialDropout1D: SpatialDropout {
    public static let kerasName = "SpatialDropout1D"
    public static let axes = 1

    public var rate: Double
    public var seed: Int?

    public init(rate: Double, seed: Int? = nil) {
        self.rate = rate
        self.seed = seed
    }
}
