import Tensors

extension Augmentation {
    /// Makes the image larger or smaller by up to this fraction, both axes alike.
    public struct Scaling: PlaceTransform {
        public static let name = "scale"
        public static let summary = "larger or smaller by up to the fraction F"
        public static let standardAmount = 0.1
        public static let amounts = 0.0...0.9

        public let amount: Double

        public init(_ amount: Double) { self.amount = amount }

        // MARK: (x, y) ↦ (x / s, y / s)

        func compose(_ map: inout AffineMap, _ size: ImageSize, _ draw: Random) {
            let back = 1 / (1 + Float(amount) * draw.signed(at: 0))
            map = map.followed(by: AffineMap(a: back, e: back))
        }
    }
}
