/// In training sets whole channels of an image to zero and scales the others up; Keras' `SpatialDropout2D`.
///
/// Input and output have shape `[batch, height, width, channels]`. The arithmetic is in ``SpatialDropout``.
public struct SpatialDropout2D: SpatialDropout {
    public static let kerasName = "SpatialDropout2D"
    public static let axes = 2

    public var rate: Double
    public var seed: Int?

    public init(rate: Double, seed: Int? = nil) {
        self.rate = rate
        self.seed = seed
    }
}
