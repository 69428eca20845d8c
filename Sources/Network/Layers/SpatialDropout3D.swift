/// In training sets whole channels of a volume to zero and scales the others up; Keras' `SpatialDropout3D`.
///
/// Input and output have shape `[batch, depth, height, width, channels]`. The arithmetic is in ``SpatialDropout``.
public struct SpatialDropout3D: SpatialDropout {
    public static let kerasName = "SpatialDropout3D"
    public static let axes = 3

    public var rate: Double
    public var seed: Int?

    public init(rate: Double, seed: Int? = nil) {
        self.rate = rate
        self.seed = seed
    }
}
