import Tensors

extension Augmentation {
    /// Turns the image around its middle by up to so many degrees, either way.
    public struct Rotation: PlaceTransform {
        public static let name = "rotate"
        public static let summary = "turned by up to N degrees either way"
        public static let standardAmount = 10.0
        public static let amounts = 0.0...180.0

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: (x, y) ↦ (x cos φ − y sin φ, x sin φ + y cos φ)

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            let angle = Float(amount) * draw.signed(at: 0) * (Float.pi / 180)
            let (sine, cosine) = (sine(angle), cosine(angle))
            map = map.followed(by: AffineMap(a: cosine, b: -sine, d: sine, e: cosine))
        }
    }
}
